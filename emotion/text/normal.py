"""HTML references and Unicode forms: the rules that change a text before it is cut into tokens.

Both work piece by piece, so that one definition serves the fast way (`normal`) and the way that knows where each
character came from (`aligned`). NFKC is taken of a character with the marks that follow it, which is where its
composition ends.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html.entities import html5
from typing import NamedTuple

from emotion.text.memo import Memo

Piece = tuple[str, int, int]  # what replaces text[start:end]

_REFERENCE = re.compile(
    r"&(?:#[0-9]{1,7};?|#[xX][0-9a-fA-F]{1,6};?|[a-zA-Z][a-zA-Z0-9]{1,31};|(?:amp|lt|gt|quot|nbsp)(?![a-zA-Z]))"
)
_RUN = re.compile(r"[!-~]?[^\x00-\x7f]+")  # with the letter that a first combining mark would belong to
_MARKS = 30  # at most, on one character: more are noise, and sorting them would take quadratic time
_PLAIN = str.maketrans(
    dict.fromkeys("‘’‚‛′ʼʹ´", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("\u00ad\u200b\u200e\u200f\u2060\ufeff", "")
    | {chr(code): "" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}  # directions
)


class Aligned(NamedTuple):
    """A normalised text; character i stands for `raw[starts[i]:ends[i]]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def normal(text: str, references: bool, forms: bool) -> str:
    """The text with HTML references resolved and Unicode forms made plain."""
    if references and "&" in text:
        text = _REFERENCE.sub(_resolved, text)
    if forms and not text.isascii():
        text = _RUN.sub(_plain_match, text)
    return text


def aligned(text: str, references: bool, forms: bool) -> Aligned:
    """As `normal`, with the place of each character in the raw text."""
    result = Aligned(text, range(len(text)), range(1, len(text) + 1))
    if references and "&" in text:
        result = _replaced(result, ((_resolved(match), *match.span()) for match in _REFERENCE.finditer(text)))
    if forms and not result.text.isascii():
        result = _replaced(result, _plain_pieces(result.text))
    return result


def _replaced(source: Aligned, pieces: Iterable[Piece]) -> Aligned:
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for new, start, end in pieces:
        texts += source.text[done:start], new
        starts += source.starts[done:start]
        ends += source.ends[done:start]
        starts += [source.starts[start]] * len(new)
        ends += [source.ends[end - 1]] * len(new)
        done = end
    texts.append(source.text[done:])
    starts += source.starts[done:]
    ends += source.ends[done:]
    return Aligned("".join(texts), starts, ends)


def _resolved(match: re.Match[str]) -> str:
    reference = match[0]
    return html.unescape(reference) if reference[1] == "#" else html5.get(reference[1:], reference)


def _plain_match(match: re.Match[str]) -> str:
    return _plain_runs[match[0]]


def _plain_pieces(text: str) -> Iterator[Piece]:
    for match in _RUN.finditer(text):
        for start, end in _segments(match[0]):
            yield _plain_segment(match[0][start:end]), match.start() + start, match.start() + end


def _plain_run(run: str) -> str:
    return "".join(_plain_segment(run[start:end]) for start, end in _segments(run))


_plain_runs = Memo(_plain_run)


def _segments(run: str) -> Iterator[tuple[int, int]]:
    start = 0
    for i in range(1, len(run)):
        if i - start > _MARKS or not _joins(run[i]):
            yield start, i
            start = i
    if run:
        yield start, len(run)


@lru_cache(maxsize=1 << 14)
def _plain_segment(segment: str) -> str:
    return unicodedata.normalize("NFKC", segment.translate(_PLAIN))


@lru_cache(maxsize=1 << 14)
def _joins(character: str) -> bool:
    """Whether NFKC may merge the character with what stands before it."""
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff"
