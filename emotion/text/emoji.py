"""Emoji: where they are in a text, and the words of their names."""

import re

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
_SEQUENCE = (
    "[\U0001f1e6-\U0001f1ff]{2}"  # flags
    "|[0-9#*]\ufe0f?\u20e3"  # keycaps
    f"|(?:{_ONE}|[{_TEXTS}]\ufe0f)(?:\u200d(?:{_ONE}|[{_TEXTS}]\ufe0f?))*"
)
EMOJI = re.compile(_SEQUENCE)
_TONES = re.compile(f"[{_TONE}]")
_STYLES = re.compile("[\ufe0e\ufe0f]")
_NAME_WORD = re.compile(r"[^\W_]+")


def emoji_in(text: str) -> list[str]:
    """Each emoji of the text in order, whole sequences (families, skin tones, flags, keycaps) as one."""
    return [] if text.isascii() else EMOJI.findall(text)


def name_words(sequence: str) -> list[str]:
    """The words of an emoji's English CLDR name without its skin tone, none when it has no name."""
    from emoji import EMOJI_DATA  # slow to import, and most processes that ask for help or a version never need it

    toneless = _TONES.sub("", sequence) or sequence
    plain = _STYLES.sub("", toneless)
    for candidate in (toneless, plain, f"{plain[:1]}\ufe0f{plain[1:]}", plain[:1]):
        if candidate in EMOJI_DATA:
            return _NAME_WORD.findall(EMOJI_DATA[candidate]["en"].lower().replace("’s", ""))
    return []
