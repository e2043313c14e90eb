"""The elements of JSON arrays, of X's `tweets.js`, and of objects that follow each other, cut out of a stream.

Only the current element is held, so an array may be of any size. After a broken element reading goes on where the next
one begins, told by how the first one begins.
"""

import json
import re
from collections.abc import Iterator

from emotion.tweets.damage import Damage
from emotion.tweets.formats.lenient import BOM, ends_early, other_reason
from emotion.tweets.stretches import KEPT_OF_LONG, LONGEST, LOST_LINE, Lost, Raw

_FEED = 64 << 10
_ASSIGNMENT = re.compile(r"\s*[\w.$]+(?:\s+[\w.$]+)?\s*=\s*(?=[\[{])")
_BETWEEN = re.compile(r"[\s\0,;]*")
_FIRST_KEY = re.compile(r'\{\s*"(?:[^"\\]|\\.)*"\s*:')
_LATE = 32  # an error this near to the end of the buffer may be gone when more is read
_OVERLAP = 4096  # an opening is searched again in this much of what was searched before
_CUT_SHORT = "truncated array"
_TRUNCATED = "truncated line"


def cut_values(pieces: Iterator[bytes]) -> Iterator[tuple[Raw, int]]:
    """Elements with the bytes they took; what cannot be read is Lost, up to where the next element begins."""
    return _Values(pieces).cut()


class _Values:
    """A buffer of text over a stream; invalid bytes are kept as surrogates, so each element gives back its bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._undecoded = b""
        self._text = ""
        self._at = 0
        self._within = False  # an array
        self._ended = False
        self._damage: Damage | None = None
        self._gap = ""  # what stands before the current element
        self._opening: re.Pattern[str] | None = None  # ends where an element begins
        self._scan = json.JSONDecoder().raw_decode

    def cut(self) -> Iterator[tuple[Raw, int]]:
        self._enter()
        whole = True
        while self._more():
            if self._text[self._at] == ("]" if self._within else "["):
                self._within = not self._within
                self._at += 1
                continue
            item = self._element()
            whole = not isinstance(item[0], Lost)
            yield item
        if whole and (self._within or self._damage is not None):
            yield Lost(self._end_reason(_CUT_SHORT), b""), 0

    def _enter(self) -> None:
        """Step over byte order mark and assignment."""
        self._feed()
        self._text = self._text.removeprefix(BOM.decode())
        match = _ASSIGNMENT.match(self._text)
        self._at = match.end() if match else 0

    def _more(self) -> bool:
        """Step over blanks and commas; whether anything follows."""
        self._gap = ""
        while True:
            match = _BETWEEN.match(self._text, self._at)
            if match:
                self._gap += match[0]
                self._at = match.end()
            if self._at < len(self._text):
                return True
            if self._ended:
                return False
            self._feed()

    def _element(self) -> tuple[Raw, int]:
        self._learn_opening()
        while True:
            end, reason = self._find_end()
            if end is not None and end - self._at > LONGEST:
                return self._give_up(LOST_LINE)
            if end is not None:
                raw = self._text[self._at : end].encode("utf-8", "surrogateescape")
                self._at = end
                return raw, len(raw)
            if reason is not None or len(self._text) - self._at > LONGEST:
                return self._give_up(reason or LOST_LINE)
            self._feed()

    def _find_end(self) -> tuple[int | None, str | None]:
        """Where the element ends, or why it never will; neither when more must be read first."""
        size = len(self._text)
        try:
            end = self._scan(self._text, self._at)[1]
        except json.JSONDecodeError as error:
            early = ends_early(error)
            if not self._ended and (early or error.pos >= size - _LATE):
                return None, None
            return None, self._end_reason(_TRUNCATED) if early else f"not JSON: {error.msg}"
        except RecursionError:
            return None, "nested too deep"
        except ValueError as error:
            return None, other_reason(error)
        may_go_on = end == size and self._text[end - 1] not in "}]"
        return (None, None) if may_go_on and not self._ended else (end, None)

    def _give_up(self, reason: str) -> tuple[Raw, int]:
        """Lose the element and all up to where another begins; only its beginning is held meanwhile."""
        first, size, search = self._text[self._at : self._at + KEPT_OF_LONG], 0, self._at + 1
        while True:
            match = self._opening.search(self._text, search) if self._opening else None
            passed = (
                match.end() if match else len(self._text) if self._ended else max(self._at, len(self._text) - _OVERLAP)
            )
            size += passed - self._at
            self._at = passed
            if match or self._ended:
                return Lost(reason, first[:size].encode("utf-8", "surrogateescape")[:KEPT_OF_LONG]), size
            self._feed()
            search = 0

    def _learn_opening(self) -> None:
        """Take from the first element how all begin: by their indentation, or in one long line by their first key."""
        if self._opening is not None or self._text[self._at] != "{":
            return
        newline = self._gap.rfind("\n")
        key = _FIRST_KEY.match(self._text, self._at)
        if newline >= 0 or not self._within:
            self._opening = re.compile("\n" + re.escape(self._gap[newline + 1 :]) + r"(?=\{)")
        elif key:
            self._opening = re.compile(r"\}\s*,?\s*(?=" + re.escape(key[0]) + ")")

    def _end_reason(self, otherwise: str) -> str:
        return otherwise if self._damage is None else str(self._damage)

    def _feed(self) -> None:
        """Read on: as much again as is held, so that a long element is scanned a bounded number of times."""
        wanted = max(_FEED, len(self._text) - self._at)
        held = [self._undecoded]
        size = 0
        try:
            while size < wanted and not self._ended:
                piece = next(self._pieces, None)
                self._ended = piece is None
                held.append(piece or b"")
                size += len(held[-1])
        except Damage as damage:
            self._damage, self._ended = damage, True
        data = b"".join(held)
        whole = len(data) if self._ended else _whole_characters(data)
        self._undecoded = data[whole:]
        self._text = self._text[self._at :] + data[:whole].decode("utf-8", "surrogateescape")
        self._at = 0


def _whole_characters(data: bytes) -> int:
    """Length without a character at the end of which bytes are still to come."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            return len(data) - back if back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4) else len(data)
        if byte < 0x80:
            break
    return len(data)
