"""Text of strangers in the terminal: no markup, no control characters, nothing that turns the line around."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from rich.text import Text

_PLAIN = str.maketrans("█▉▊▋▌▍▎▏▓▒░·", "#####|||*+:.")
_PART_OF_EMOJI = {"\u200d", *map(chr, range(0xE0020, 0xE0080))}  # the joiner, and the letters of flags


def visible(text: str) -> str:
    """The text on one line, with each control or formatting character as a sign for it."""
    return text if text.isprintable() else "".join(map(_sign, text))


def harmless(text: str) -> str:
    """The text on as many lines as it has, each visible."""
    return "\n".join(map(visible, text.split("\n")))


def marked(text: str, spans: Sequence[tuple[int, int]], style: str) -> "Text":
    """The visible text with these spans (start, end, apart and in order) in a style."""
    from rich.text import Text

    shown, at = Text(), 0
    for start, end in spans:
        shown.append(visible(text[at:start]))
        shown.append(visible(text[start:end]), style)
        at = end
    return shown.append(visible(text[at:]))


def drawn(bar: str) -> str:
    """A piece of a chart, in characters that standard output can hold: of its escapes no bar can be read."""
    try:
        bar.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return bar.translate(_PLAIN)
    return bar


def _sign(character: str) -> str:
    if character.isprintable() or character in _PART_OF_EMOJI:
        return character
    if character == "\n":
        return "↵ "
    if ord(character) < 0x20:
        return chr(0x2400 + ord(character))
    return " " if category(character) == "Zs" else f"<U+{ord(character):04X}>"
