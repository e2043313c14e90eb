"""How a file is cut among tasks."""

from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from emotion.tweets import bz2blocks
from emotion.tweets.damage import Damage
from emotion.tweets.files import ArchiveFile
from emotion.tweets.formats.detect import HEAD, check_format, detect, is_lines, layout
from emotion.tweets.streams import is_utf16, peek, plain_pieces, read_stored

SPLIT_BYTES = 64 << 20
WHOLE_BELOW = 32 << 20  # a bz2 smaller than this is not cut
_TYPICAL_RATIO = 4  # half of what bz2 reaches on tweets: each split decodes a block of the next one too
_BLOCKS_SEEN = 5 << 20  # enough bytes to hold a block and, for its end, the start of the next one


class Split(msgspec.Struct, frozen=True):
    """What one task reads: `start` to before `end` in "bytes" of a line file or "bits" of a bz2, or the "whole"."""

    file: int
    index: int
    start: Annotated[int, msgspec.Meta(ge=0)] = 0
    end: Annotated[int, msgspec.Meta(ge=0)] | None = None
    unit: Literal["whole", "bytes", "bits"] = "whole"


def plan_splits(
    file: ArchiveFile,
    file_index: int,
    split_bytes: int = SPLIT_BYTES,
    format: str | None = None,
    whole_below: int = WHOLE_BELOW,
) -> list[Split]:
    """At least one split; together they hold each record exactly once. `format` is the override given to the reader."""
    check_format(format)
    if file.stream or (file.member is not None and file.member.zipped):
        return [Split(file_index, 0)]
    if file.compression is None and is_lines(layout(file.format, format)) and file.size > split_bytes:
        return _byte_ranges(file, file_index, split_bytes)
    if file.compression == "bz2" and file.size >= whole_below:
        return _bit_ranges(file, file_index, max(1, split_bytes // _TYPICAL_RATIO), format)
    return [Split(file_index, 0)]


def _byte_ranges(file: ArchiveFile, file_index: int, split_bytes: int) -> list[Split]:
    if is_utf16(next(read_stored(file), b"")):
        return [Split(file_index, 0)]
    starts = [*range(0, file.size, split_bytes), file.size]
    return [Split(file_index, index, start, end, "bytes") for index, (start, end) in enumerate(pairwise(starts))]


def _bit_ranges(file: ArchiveFile, file_index: int, step: int, format: str | None) -> list[Split]:
    """Cuts at the first block after every `step` compressed bytes; each is tried, so that none lies inside a block."""
    if not _holds_lines(file, format):
        return [Split(file_index, 0)]
    cuts = [0]
    for target in range(step, file.size, step):
        if target * 8 > cuts[-1]:
            cut = _block_after(file, target)
            if cut is not None and cut > cuts[-1]:
                cuts.append(cut)
            elif cut is None and target + _BLOCKS_SEEN >= file.size:
                break  # nothing but damage is left
    ends = [*cuts[1:], None]
    return [Split(file_index, k, start, end, "bits") for k, (start, end) in enumerate(zip(cuts, ends, strict=True))]


def _holds_lines(file: ArchiveFile, format: str | None) -> bool:
    """Whether the decompressed file is one of UTF-8 lines."""
    try:
        head, _ = peek(read_stored(file), bz2blocks.WINDOW)
        if is_utf16(next(bz2blocks.decompress(iter((head,))), b"")):
            return False
    except Damage:
        return False
    plain, _ = peek(plain_pieces(iter((head,))), HEAD)
    return is_lines(layout(detect(plain[:HEAD], file.name), format))


def _block_after(file: ArchiveFile, target: int) -> int | None:
    """The bit of the first block that begins at or after a byte and can be decoded."""
    data, _ = peek(read_stored(file, target, min(file.size, target + _BLOCKS_SEEN)), _BLOCKS_SEEN)
    bit = bz2blocks.first_block(data)
    return None if bit is None else target * 8 + bit
