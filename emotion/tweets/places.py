"""Where the records of a file of lines lie, whatever it was cut into, and the ids of records that have none."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import accumulate
from typing import Protocol

from emotion.tweets.stretches import Lost, Raw, Stretch


class Places(Protocol):
    """The place in the file of each byte of a stream that is read from it."""

    def of(self, offset: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Bytes:
    """A stream that begins `start` bytes into the file (after decompression)."""

    start: int = 0

    def of(self, offset: int) -> str:
        return str(self.start + offset)


@dataclass(slots=True)
class Blocks:
    """A stream out of a bz2: a byte is named by the bit at which its block begins, and its offset in the block.

    How many bytes the blocks before hold is not known where reading begins in the middle of a file.
    """

    size: int = 0  # bytes decompressed so far
    dropped: int = 0  # bytes before the stream begins: the end of a line that belongs to another split
    _bits: list[int] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)

    def seen(self, bit: int, size: int) -> None:
        """A block of `size` bytes comes next."""
        self._bits.append(bit)
        self._starts.append(self.size)
        self.size += size

    def drop(self, size: int) -> None:
        """The next bytes are not part of the stream."""
        self.dropped += size

    def of(self, offset: int) -> str:
        offset += self.dropped
        block = bisect_right(self._starts, offset) - 1
        return f"{self._bits[block]}:{offset - self._starts[block]}"


class MadeIds:
    """Ids for those records of a stretch that have none: the same at every run, another for each record.

    A record is known by its place in the file; where that is None (files that are never cut) by its number.
    """

    def __init__(self, source: str, stretch: Stretch | None = None, places: Places | None = None) -> None:
        self._source = source
        self._stretch = stretch
        self._places = places
        self._offsets: Sequence[int] = ()

    def of(self, index: int, line: int, element: int = 0) -> str:
        """Of record `index` of the stretch, `line` of the file; of a record that holds several, of its `element`."""
        if self._stretch is None or self._places is None:
            return self._hash(str(line + element))
        if not self._offsets:
            self._offsets = list(accumulate(map(_size, self._stretch.records), initial=self._stretch.start))
        return self._hash(f"{self._places.of(self._offsets[index])}\n{element}")

    def _hash(self, place: str) -> str:
        named = f"{self._source}\n{place}".encode("utf-8", "surrogateescape")
        return "x-" + blake2b(named, digest_size=8).hexdigest()


def _size(record: Raw) -> int:
    """Bytes of a line with its newline."""
    return record.size if isinstance(record, Lost) else len(record) + 1
