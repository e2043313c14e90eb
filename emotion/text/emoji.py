"""Emoji: where they are in a text, and the words of their names."""

import re
from functools import cache

# Characters that people see as pictures as they stand; those below only when U+FE0F asks for the picture.
_PICTURES = (
    "⌚⌛⌨⏏⏩-⏳⏸-⏺☀-☄☎☑☔☕☘☝☠☢☣☦☪☮☯☸-☺♀♂♈-♓♟♠♣♥♦♨♻♾♿⚒-⚗⚙⚛⚜⚠⚡⚧⚪⚫⚰⚱⚽⚾⛄⛅⛈⛎⛏⛑⛓⛔⛩⛪⛰-⛵⛷-⛺⛽"
    "✂✅✈-✍✏✒✔✖✝✡✨✳✴❄❇❌❎❓-❕❗❣❤➕-➗➰➿⬛⬜⭐⭕"
    "\U0001f004\U0001f0cf\U0001f170-\U0001f19a\U0001f201-\U0001f251\U0001f300-\U0001f64f\U0001f680-\U0001f6ff"
    "\U0001f7e0-\U0001f7f0\U0001f900-\U0001f9ff\U0001fa70-\U0001faff"
)
_TEXTS = "©®‼⁉™ℹ↔-↙↩↪Ⓜ▪▫▶◀◻-◾➡⤴⤵⬅-⬇〰〽㊗㊙"
_TONE = "\U0001f3fb-\U0001f3ff"
_TAGS = "(?:[\U000e0020-\U000e007e]+\U000e007f)?"  # flags of England, Scotland, Wales
_ONE = f"[{_PICTURES}][\ufe0e\ufe0f]?[{_TONE}]?{_TAGS}"
_FLAGS, _KEYCAP = "\U0001f1e6-\U0001f1ff", "\u20e3"
_SEQUENCE = (
    f"[{_FLAGS}]{{2}}|[0-9#*]\ufe0f?{_KEYCAP}|(?:{_ONE}|[{_TEXTS}]\ufe0f)(?:\u200d(?:{_ONE}|[{_TEXTS}]\ufe0f?))*"
)
EMOJI = re.compile(_SEQUENCE)
_FIRST = re.compile(f"[{_PICTURES}{_TEXTS}{_FLAGS}{_KEYCAP}]")  # no emoji before this, but the digit of a keycap
_TONES = re.compile(f"[{_TONE}]")
_STYLES = re.compile("[\ufe0e\ufe0f]")


def emoji_in(text: str) -> list[str]:
    """Each emoji of the text in order, whole sequences (families, skin tones, flags, keycaps) as one."""
    first = None if text.isascii() else _FIRST.search(text)
    if first is None:
        return []
    return EMOJI.findall(text, 0 if _KEYCAP in text else first.start())


def name_words(sequence: str) -> list[str]:
    """The words of an emoji's English CLDR name without its skin tone, none when it has no name."""
    bare = plain(sequence)
    known = names()
    return (known.get(bare) or known.get(bare[:1]) or "").split()


def plain(sequence: str) -> str:
    """The sequence without skin tones and styles; a tone alone stays."""
    return _STYLES.sub("", _TONES.sub("", sequence) or sequence)


@cache
def names() -> dict[str, str]:
    """Words of the names by plain sequence: the project's own table, so that tokens depend on no installed version."""
    from emotion.text import emoji_names, flag_names  # many processes never need them

    entries = f"{emoji_names.NAMES},{flag_names.NAMES}".replace("\n", "").split(",")
    return dict(entry.split(" ", 1) for entry in entries)
