"""Contractions cut as the Penn Treebank does (and GloVe after it): don't -> do n't, I'm -> i 'm, cannot -> can not.

Forms that lost their apostrophe ("dont") or have a space in its place ("don t", as in CARER) are cut alike, unless they
are words of their own (its, were, well, ill, id, shell, wed, lets).
"""

import re

_NEGATED = "ai are ca could did do does had has have is must need should was were wo would"
_JOINED = {
    "'m": "i",
    "'re": "you they",
    "'ve": "i you we they could should would might must",
    "'ll": "you they it that there",
    "'s": "that what there here he she who where how",
    "'d": "you they",
}
_SPACED = {
    "'m": "i",
    "'re": "you we they",
    "'ve": "i you we they could should would might must",
    "'ll": "i you he she it we they that there",
    "'s": "it that what there here he she who where how let",
    "'d": "i you he she it we they",
}
_ENDING = re.compile(r"(.+?)(n't|'(?:s|m|re|ve|ll|d))", re.IGNORECASE)

CONTRACTED = (
    {f"{stem}nt": (len(stem), "n't") for stem in _NEGATED.split()}
    | {stem + ending[1:]: (len(stem), ending) for ending, stems in _JOINED.items() for stem in stems.split()}
    | {"cannot": (3, "not")}
)
"""Lower-case form to the length of its first word and its second word."""

SPACED = {f"{stem}n t": (len(stem), "n't") for stem in _NEGATED.split()} | {
    f"{stem} {ending[1:]}": (len(stem), ending) for ending, stems in _SPACED.items() for stem in stems.split()
}

ENDINGS = frozenset(end for form in SPACED for end in (form.split()[1], form.split()[1].upper()))
"""The second halves of SPACED, for a cheap test whether a text may hold one."""


def parted(word: str) -> tuple[str, ...]:
    """The parts of a contraction; any other word alone."""
    form = CONTRACTED.get(word.lower()) or SPACED.get(word.lower())
    if form:
        return word[: form[0]], form[1]
    match = _ENDING.fullmatch(word) if "'" in word else None
    return (*parted(match[1]), match[2].lower()) if match else (word,)
