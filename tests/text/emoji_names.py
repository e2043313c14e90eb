"""Makes the tables of emoji names in `emotion/text/` out of the installed package `emoji`.

`python -m tests.text.emoji_names` writes them. Names that are there already stay as they are, since vocabularies
of bundles hold their words; new emoji are added.
"""

import re
from pathlib import Path
from unicodedata import category

from emoji import EMOJI_DATA

from emotion.text import emoji

HEAD = '''"""Words of the English CLDR names of {what}.

Made by `python -m tests.text.emoji_names`. A name that stands here never changes, since bundles know its words.
"""

NAMES = """
'''
MODULES = {
    "emoji_names.py": "emoji, of each without skin tone and style",
    "flag_names.py": "the flags of countries and regions",
}
WIDTH = 120
TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_WORD = re.compile(r"[^\W_]+")


def installed() -> dict[str, str]:
    """Words of each name by plain sequence, as the installed package has them."""
    bare = {emoji.plain(sequence): data["en"] for sequence, data in EMOJI_DATA.items() if not has_tone(sequence)}
    return {sequence: " ".join(_WORD.findall(name.lower().replace("’s", ""))) for sequence, name in bare.items()}


def has_tone(sequence: str) -> bool:
    """Whether a skin tone is put on something."""
    return TONES.sub("", sequence) not in ("", sequence)


def module(name: str, names: dict[str, str]) -> str:
    """The text of one of the modules, out of all names."""
    lines = [""]
    for sequence, words in names.items():
        if (name == "flag_names.py") is (FLAG.fullmatch(sequence) is not None):
            entry = f"{sequence} {words},"
            if _columns(lines[-1] + entry) > WIDTH:
                lines.append("")
            lines[-1] += entry
    return HEAD.format(what=MODULES[name]) + "\n".join(lines).removesuffix(",") + '\n"""\n'


def _columns(line: str) -> int:
    """At most: joiners and the like take none, other signs that are not ASCII two."""
    return sum(0 if category(each) == "Cf" else 1 if each.isascii() else 2 for each in line)


def main() -> None:
    """Write the modules anew."""
    names = installed() | emoji.names()
    for name in MODULES:
        Path(emoji.__file__).with_name(name).write_text(module(name, names), encoding="utf-8")


if __name__ == "__main__":
    main()
