"""Records in the stretches that become parts: cut at fixed places, whatever the sizes in which bytes arrive."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emotion.tweets.damage import Damage

BLOCK = 1 << 18
LONGEST = 16 << 20
KEPT_OF_LONG = 10_000
MOST_RECORDS = 1 << 14  # so that parts of short lines need no more memory than those of long ones
LOST_LINE = "line longer than 16 MiB"


@dataclass(frozen=True, slots=True)
class Lost:
    """A record that could not even be cut out; it becomes a dead letter. A line tells its size with its newline."""

    reason: str
    raw: bytes
    size: int = 0


Raw = bytes | Lost


@dataclass(slots=True)
class Stretch:
    """Records not yet parsed, how many decompressed bytes they took, and (lines) where in the stream they start."""

    records: list[Raw]
    bytes: int
    start: int = 0


def cut_lines(pieces: Iterator[bytes], part_bytes: int) -> Iterator[Stretch]:
    """Lines in stretches of about `part_bytes`: a stretch ends with the block (at most 256 KiB) in which it is full."""
    lines = Lines()
    held: list[Raw] = []
    size = start = read = 0
    try:
        for block in _blocks(pieces, max(1, min(BLOCK, part_bytes))):
            held += lines.add(block)
            size += len(block)
            if held and (size >= part_bytes or len(held) >= MOST_RECORDS):
                yield Stretch(held, size, start)
                read += size
                held, size, start = [], 0, read - lines.open_size
        held += lines.end()
    except Damage as damage:
        held.append(Lost(str(damage), lines.tail()[:KEPT_OF_LONG]))
    if held or size:
        yield Stretch(held, size, start)


def single_lines(pieces: Iterator[bytes]) -> Iterator[tuple[Raw, int]]:
    """Lines one by one with their sizes."""
    lines = Lines()
    try:
        for piece in pieces:
            for line in lines.add(piece):
                yield line, _size(line)
        for line in lines.end():
            yield line, _size(line)
    except Damage as damage:
        yield Lost(str(damage), lines.tail()[:KEPT_OF_LONG]), 0


def cut_records(records: Iterable[tuple[Raw, int]], part_bytes: int) -> Iterator[Stretch]:
    """Records that come one by one with their sizes, in stretches that end where they are full."""
    held: list[Raw] = []
    size = 0
    for record, length in records:
        held.append(record)
        size += length
        if size >= part_bytes or len(held) >= MOST_RECORDS:
            yield Stretch(held, size)
            held, size = [], 0
    if held:
        yield Stretch(held, size)


def _size(line: Raw) -> int:
    return len(line.raw if isinstance(line, Lost) else line) + 1


class Lines:
    """Takes blocks and gives whole lines; of a line that grows too long only the beginning is kept."""

    def __init__(self) -> None:
        self._open: list[bytes] = []  # pieces of the line not yet ended
        self._size = 0

    @property
    def open_size(self) -> int:
        """Bytes of the line not yet ended."""
        return self._size

    def add(self, block: bytes) -> list[Raw]:
        """The lines that the block ends."""
        first, *rest = block.split(b"\n")
        self._grow(first)
        if not rest:
            return []
        lines: list[Raw] = [self._close()]
        last = rest.pop()
        lines += rest
        self._grow(last)
        return lines

    def end(self) -> list[Raw]:
        """The final line where it has no newline."""
        return [self._close()] if self._size else []

    def tail(self) -> bytes:
        """The line not yet ended; of one too long its beginning."""
        return b"".join(self._open)

    def _grow(self, piece: bytes) -> None:
        if not piece:
            return
        if self._size <= LONGEST:
            self._open.append(piece)
        self._size += len(piece)
        if self._size > LONGEST and len(self._open) > 1:
            self._open = [self.tail()[:KEPT_OF_LONG]]

    def _close(self) -> Raw:
        line = self.tail()
        size = self._size
        self._open, self._size = [], 0
        return Lost(LOST_LINE, line[:KEPT_OF_LONG], size + 1) if size > LONGEST else line


def _blocks(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in blocks of exactly `size`, the last one shorter; Damage comes after all bytes before it."""
    held: list[bytes] = []
    length = 0
    damage: Damage | None = None
    try:
        for piece in pieces:
            held.append(piece)
            length += len(piece)
            if length >= size:
                whole = b"".join(held)
                full = length - length % size
                for start in range(0, full, size):
                    yield whole[start : start + size]
                length -= full
                held = [whole[full:]] if length else []
    except Damage as error:
        damage = error
    if length:
        yield b"".join(held)
    if damage is not None:
        raise damage
