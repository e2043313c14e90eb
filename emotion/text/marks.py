"""Marks that belong to the letter before them: vowels in many a script, accents, tones; `\\w` leaves them out.

All of Unicode's category M but those of emoji and other symbols. The tokeniser knows fewer (`patterns.py`), as models
hang on its words.
"""

import unicodedata
from itertools import groupby

_FIRST, _LAST = 0x300, 0x1E94A  # of all marks
_OF_SYMBOLS = {*range(0x20D0, 0x2100), *range(0xFE00, 0xFE10)}


def _ranges() -> str:
    """As they stand in a class of a regular expression."""
    found = (
        code
        for code in range(_FIRST, _LAST + 1)
        if unicodedata.category(chr(code))[0] == "M" and code not in _OF_SYMBOLS
    )
    runs = ([code for _, code in run] for _, run in groupby(enumerate(found), lambda pair: pair[1] - pair[0]))
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in runs)


MARKS = _ranges()
