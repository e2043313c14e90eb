"""A frame: a batch of raw records with what must be known to go on after it, whole or not at all.

On disk: a mark, the sizes of header and body and a sum over both, then the header (JSON) and the body (one zstd frame
of lines, each a record).
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

import msgspec

from emotion import zstd

MARK = b"EMF1"
_LEAD = struct.Struct("<4sIII")
_LEVEL = 3
_LARGEST = 1 << 30  # bytes: no header or body that was written is as large


class Position(msgspec.Struct, frozen=True):
    """Where in the archive of raw records the frame's begin."""

    file: str
    offset: int


class Header(msgspec.Struct, frozen=True):
    """`sequence` numbers frames from 1; `cursor` is where the source goes on; `tally` counts from the very start.

    `batch` numbers those that have records, without holes from one opening of the buffer to the next, as a store
    remembers runs of numbers; it was not there once.
    """

    sequence: int
    records: int
    cursor: str | None
    tally: dict[str, int]
    position: Position | None = None
    batch: int = 0

    @property
    def number(self) -> int:
        """The number under which a target knows what is in the frame, or else in the one before."""
        return self.batch or self.sequence


class Frame(NamedTuple):
    """A header, and the compressed lines."""

    header: Header
    body: bytes

    def lines(self) -> list[bytes]:
        """The records."""
        return zstd.decompress(self.body).split(b"\n")[:-1] if self.body else []


class Place(NamedTuple):
    """A frame in a segment, from `offset` on."""

    header: Header
    offset: int
    size: int


def compress(records: Sequence[bytes]) -> bytes:
    """Records, none of which holds a newline, as lines."""
    return zstd.compress(b"".join(b"%b\n" % record for record in records), _LEVEL) if records else b""


def encode(frame: Frame) -> bytes:
    """A frame as it is written."""
    header = msgspec.json.encode(frame.header)
    content = header + frame.body
    return _LEAD.pack(MARK, len(header), len(frame.body), zlib.crc32(content)) + content


def read_frame(file: BinaryIO) -> Frame | None:
    """The frame at the file's position, or None where no whole one is."""
    lead = file.read(_LEAD.size)
    if len(lead) < _LEAD.size:
        return None
    mark, header_size, body_size, total = _LEAD.unpack(lead)
    if mark != MARK or max(header_size, body_size) > _LARGEST:
        return None
    content = file.read(header_size + body_size)
    if len(content) < header_size + body_size or zlib.crc32(content) != total:
        return None
    return Frame(msgspec.json.decode(content[:header_size], type=Header), content[header_size:])


def places(file: BinaryIO) -> Iterator[Place]:
    """The whole frames from the file's beginning on, up to the first that is not."""
    offset = 0
    while frame := read_frame(file):
        size = file.tell() - offset
        yield Place(frame.header, offset, size)
        offset += size
