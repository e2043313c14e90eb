"""Hashtags and emoji in a tweet: where they are, whether they stand at its end, and the text without them."""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from emotion.text.emoji import EMOJI, plain
from emotion.text.marks import MARKS

_IN_WORD = rf"[\w{MARKS}]"
_TAG = rf"(?<![\w&/])[#＃]{_IN_WORD}+"
_PIECE = re.compile(
    r"(?P<entity>&(?:amp|lt|gt|quot|nbsp|#\d{1,7});)"
    r"|(?P<link>(?i:https?)://\S+)"
    rf"|(?P<tag>{_TAG})"
    r"|(?P<user>@\w+)"
    rf"|(?P<emoji>{EMOJI.pattern})"
    rf"|(?P<word>{_IN_WORD}+(?:['’]{_IN_WORD}+)*)"
)
_TAGS = re.compile(_TAG)
_RETWEET = re.compile(r"\s*RT @\w+:?\s+")


class Mark(NamedTuple):
    """A hashtag or emoji in normal form, and its place in the text."""

    mark: str
    start: int
    end: int


class Look(NamedTuple):
    """What a tweet holds: marks in order, its number of words, where the last of them ends, whether it has a link."""

    marks: list[Mark]
    words: int
    last_word: int
    link: bool

    def ends_with(self, marks: Collection[str]) -> bool:
        """Whether one of these stands behind the last word; other hashtags, emoji, users and links may follow it."""
        return any(found.start >= self.last_word and found.mark in marks for found in self.marks)


def hashtag_mark(written: str) -> str | None:
    """`#` and the hashtag in small letters; None for what cannot be one."""
    name = written.strip().removeprefix("#").removeprefix("＃")
    return f"#{name.casefold()}" if re.fullmatch(f"{_IN_WORD}+", name) and not name.isdecimal() else None


def emoji_mark(written: str) -> str | None:
    """The emoji without skin tone and style; None for what is not one emoji."""
    found = EMOJI.fullmatch(written.strip())
    return plain(found[0]) if found else None


def look(text: str) -> Look:
    """Go through a text once."""
    marks, words, last_word, link = [], 0, 0, False
    for piece in _PIECE.finditer(text):
        kind = piece.lastgroup
        if kind == "word":
            words, last_word = words + 1, piece.end()
        elif kind == "tag":
            marks.append(Mark(f"#{piece[0][1:].casefold()}", *piece.span()))
        elif kind == "emoji":
            marks.append(Mark(plain(piece[0]), *piece.span()))
        elif kind == "link":
            link = True
    return Look(marks, words, last_word, link)


def without(text: str, marks: Iterable[Mark]) -> str:
    """The text without these marks, single spaces between what is left."""
    kept, at = [], 0
    for mark in marks:
        kept.append(text[at : mark.start])
        at = mark.end
    return " ".join(" ".join([*kept, text[at:]]).split())


def without_retweet(text: str) -> str:
    """The text that a retweet by hand (`RT @name: …`) repeats."""
    found = _RETWEET.match(text)
    return text[found.end() :] if found else text


class Filter:
    """Tells quickly that a text holds none of these marks; most tweets hold none."""

    def __init__(self, marks: Iterable[str]) -> None:
        marks = set(marks)
        self._tags = {mark for mark in marks if mark[0] == "#" and len(mark) > 1}
        pictures = sorted({mark[0] for mark in marks - self._tags})
        self._pictures = re.compile(f"[{re.escape(''.join(pictures))}]") if pictures else None

    def passes(self, text: str) -> bool:
        """Whether the text may hold one of the marks."""
        if ("#" in text or "＃" in text) and any(f"#{tag[1:].casefold()}" in self._tags for tag in _TAGS.findall(text)):
            return True
        return self._pictures is not None and not text.isascii() and self._pictures.search(text) is not None
