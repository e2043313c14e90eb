"""bz2 by its blocks: each is compressed alone, so a file can be cut between any two and read by several cores.

A block starts at any bit with a magic number and its checksum. `decompress` wraps runs of blocks as small streams for
rapidgzip's decoder; the standard module stands in wherever that fails.
"""

import bz2
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import indexed_bzip2

from emotion.tweets.damage import Damage

_BLOCK = 0x314159265359
_END = 0x177245385090
_MAGIC_BITS = 48
_HEADER = b"BZh9"
_HEADER_BITS = 32
_LONGEST_RUN = 8  # blocks decoded in one call
WINDOW = 3 << 20  # bytes looked at together; a block takes at most 1 MB
_LONGEST_BLOCK = 9 << 20  # bits

Seen = Callable[[int, int], None]


def is_bz2(head: bytes) -> bool:
    """Whether bytes begin like a bz2 file."""
    return head[:3] == b"BZh" and head[3:4].isdigit() and head[4:10] in (_BLOCK.to_bytes(6), _END.to_bytes(6), b"")


def find_marks(data: bytes) -> list[tuple[int, bool]]:
    """Bit offsets of the magics of blocks (True: of a stream's end), in order; chance can put one inside a block."""
    blocks = [(at, False) for at in _find(data, _BLOCK)]
    return sorted(blocks + [(at, True) for at in _find(data, _END)])


def first_block(data: bytes) -> int | None:
    """The bit of the first block that can be decoded; `data` must reach beyond its end."""
    marks = find_marks(data)
    starts = (k for k, (_, ends) in enumerate(marks) if not ends)
    return next((marks[k][0] for k in starts if _decode_one(data, marks[k:]) is not None), None)


def decompress(
    pieces: Iterator[bytes], start: int | None = None, end: int | None = None, seen: Seen = lambda bit, size: None
) -> Iterator[bytes]:
    """The plain bytes of a file, or of the blocks from bit `start` (in the first byte) to before bit `end`.

    `seen` is told of each block, before its bytes come out, at which bit it begins and how many bytes it holds.
    """
    return _Blocks(pieces, start, end, seen).read()


@dataclass
class _Blocks:
    """A window that moves over compressed bytes; all bits are counted from the first byte given."""

    pieces: Iterator[bytes]
    start: int | None
    end: int | None
    seen: Seen
    data: bytes = b""
    base: int = 0  # bytes dropped before `data`
    at_end: bool = False
    marks: list[tuple[int, bool]] = field(default_factory=list)
    between_streams: bool = True
    broken: bool = False
    run: int = 1  # blocks to decode next; grows, as who seeks only a line's end needs one

    def read(self) -> Iterator[bytes]:
        position = 0 if self.start is None else self.start
        self.between_streams = self.start is None
        while self.end is None or position < self.end:
            self._look_from(position)
            if self.between_streams:
                if self._is_padding(position):
                    return
                position = self._enter_stream(position)
            elif self.marks and self.marks[0] == (position, True):
                position = _next_byte(position + _MAGIC_BITS + 32)
                self.between_streams = True
            else:
                plain, position = self._next_blocks(position)
                yield plain

    def _look_from(self, position: int) -> None:
        """Have the window begin at a position and hold enough to decode from there."""
        byte = position // 8
        if not self.at_end and len(self.data) + self.base - byte < WINDOW // 2:
            self._fill(byte)
            self.marks = [(at + self.base * 8, ends) for at, ends in find_marks(self.data)]
        self.marks = [mark for mark in self.marks if mark[0] >= position]

    def _fill(self, byte: int) -> None:
        held = [self.data[byte - self.base :]]
        size = len(held[0])
        for piece in self.pieces:
            held.append(piece)
            size += len(piece)
            if size >= WINDOW:
                break
        else:
            self.at_end = True
        self.data, self.base = b"".join(held), byte

    def _is_padding(self, position: int) -> bool:
        """Nothing or only zeros to the end of the file, after a stream or in an empty file."""
        rest = self.data[position // 8 - self.base :]
        return position > 0 and self.at_end and not rest.strip(b"\0")

    def _enter_stream(self, position: int) -> int:
        at = position // 8 - self.base
        if not is_bz2(self.data[at : at + 10]):
            raise Damage("decompression failed: no bz2 stream where one should begin")
        self.between_streams = False
        return position + _HEADER_BITS

    def _next_blocks(self, position: int) -> tuple[bytes, int]:
        """What the blocks at a position hold, and the position after them."""
        if self.broken:
            raise Damage("decompression failed: a damaged or unfinished bz2 block")
        bits = self.base * 8
        marks = [(at - bits, ends) for at, ends in self.marks]
        if not marks or marks[0] != (position - bits, False):
            raise Damage("decompression failed: no bz2 block where one should begin")
        run = _run(marks, self.run, None if self.end is None else self.end - bits)
        self.run = min(2 * self.run, _LONGEST_RUN)
        decoded = _decode_run(self.data, run) if run else None
        if decoded is not None:
            for start, size in decoded[1]:
                self.seen(position + start, size)
            return decoded[0], run[-1] + bits
        plain, end = _decode_one(self.data, marks) or (_decode_open(self.data, position - bits), None)
        self.seen(position, len(plain))
        self.broken = end is None
        return plain, position if end is None else end + bits


def _find(data: bytes, magic: int) -> Iterator[int]:
    for shift in range(8):
        wanted = (magic << (8 - shift)).to_bytes(7)
        inner = wanted[0 if shift == 0 else 1 : 6]
        lead = 6 - len(inner)
        at = data.find(inner, lead)
        while at >= 0:
            bit = (at - lead) * 8 + shift
            if bit + _MAGIC_BITS <= len(data) * 8 and _number(data, bit, _MAGIC_BITS) == magic:
                yield bit
            at = data.find(inner, at + 1)


def _number(data: bytes, bit: int, size: int) -> int:
    first, last = bit // 8, (bit + size + 7) // 8
    value = int.from_bytes(data[first:last])
    return (value >> (last * 8 - bit - size)) & ((1 << size) - 1)


def _run(marks: list[tuple[int, bool]], longest: int, end: int | None) -> list[int]:
    """Starts of up to `longest` blocks of one stream, and the bit where the last of them ends."""
    run = []
    for at, ends in marks[: longest + 1]:
        run.append(at)
        if ends or at == end:
            break
    return run if len(run) > 1 else []


def _decode_run(data: bytes, run: list[int]) -> tuple[bytes, list[tuple[int, int]]] | None:
    """The plain bytes of blocks that follow each other, and where each begins in bits after the first, and its bytes.

    None when a mark is false or a block damaged.
    """
    try:
        with indexed_bzip2.open(io.BytesIO(_as_stream(data, run)), parallelization=1) as file:
            plain = bytes(file.read())
            offsets = sorted(file.block_offsets().items())  # of blocks, and of the end, from bits to bytes
    except (RuntimeError, ValueError, OSError, EOFError):
        return None
    return plain, [(bit - _HEADER_BITS, after - at) for (bit, at), (_, after) in pairwise(offsets)]


def _decode_one(data: bytes, marks: list[tuple[int, bool]]) -> tuple[bytes, int] | None:
    """The block at the first mark and the bit where it ends; a mark that lies inside it by chance is passed over."""
    start = marks[0][0]
    for at, _ in marks[1:]:
        if at - start > _LONGEST_BLOCK:
            break
        try:
            return bz2.decompress(_as_stream(data, [start, at])), at
        except (OSError, EOFError, ValueError):
            continue
    return None


def _decode_open(data: bytes, bit: int) -> bytes:
    """What a block gives whose end is missing: nothing, unless only the mark of the end is."""
    size = len(data) * 8 - bit
    padding = -size % 8
    try:
        moved = (_number(data, bit, size) << padding).to_bytes((size + padding) // 8)
        return bz2.BZ2Decompressor().decompress(_HEADER + moved)
    except (OSError, EOFError, ValueError):
        return b""


def _as_stream(data: bytes, run: list[int]) -> bytes:
    """Blocks as a bz2 file: header, their bits, end mark, and the checksum combined from theirs."""
    checksum = 0
    for at in run[:-1]:
        checksum = (checksum << 1 | checksum >> 31) & 0xFFFFFFFF ^ _number(data, at + _MAGIC_BITS, 32)
    size = run[-1] - run[0] + 80
    value = _number(data, run[0], run[-1] - run[0]) << 80 | _END << 32 | checksum
    padding = -size % 8
    return _HEADER + (value << padding).to_bytes((size + padding) // 8)


def _next_byte(bit: int) -> int:
    return (bit + 7) // 8 * 8
