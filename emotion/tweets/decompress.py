"""Compressed bytes to plain ones, in bounded pieces; what lies before a damage comes out before it is raised."""

import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from isal import igzip_lib, isal_zlib

from emotion.tweets import bz2blocks
from emotion.tweets.damage import Damage
from emotion.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

_LIMIT = 128 << 10
_WINDOW_LOG = 31  # zstd --long=31
_SKIPPED = [bytes((low,)) + b"\x2a\x4d\x18" for low in range(0x50, 0x60)]  # frames that pzstd puts before others
_MAGIC = {b"\x1f\x8b": "gz", b"\xfd7zXZ\0": "xz"} | dict.fromkeys([b"\x28\xb5\x2f\xfd", *_SKIPPED], "zst")
_ISAL_ERROR: Any = isal_zlib.error  # an instance, by its stub
_ERRORS = (OSError, EOFError, ValueError, zlib.error, _ISAL_ERROR, lzma.LZMAError, ZstdError, MemoryError)


class _Decoder(Protocol):
    """The interface of bz2's and lzma's decompressors."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


_DECODERS: dict[str, Callable[[], _Decoder]] = {
    "gz": lambda: igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP),
    "xz": lambda: lzma.LZMADecompressor(),
    "zst": lambda: ZstdDecompressor(options={DecompressionParameter.window_log_max: _WINDOW_LOG}),
}


def compression_of(head: bytes) -> str | None:
    """How bytes are compressed, told by the first of them: "gz", "bz2", "zst", "xz" or None."""
    if bz2blocks.is_bz2(head):
        return "bz2"
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)


def decompress(pieces: Iterator[bytes], kind: str | None) -> Iterator[bytes]:
    """The plain bytes, through all members or frames; raises Damage where they break off."""
    if kind is None:
        return pieces
    if kind == "bz2":
        return bz2blocks.decompress(pieces)
    return _decompress_members(pieces, _DECODERS[kind])


def _decompress_members(pieces: Iterator[bytes], new: Callable[[], _Decoder]) -> Iterator[bytes]:
    decoder = new()
    for piece in pieces:
        rest = piece
        while rest:
            if decoder.eof:
                rest = rest.lstrip(b"\0")  # padding between members and at the end
                if not rest:
                    break
                decoder = new()
            yield from _decode(decoder, rest)
            rest = decoder.unused_data if decoder.eof else b""
    if not decoder.eof:
        raise Damage("decompression failed: the file ends early")


def _decode(decoder: _Decoder, data: bytes) -> Iterator[bytes]:
    try:
        yield decoder.decompress(data, _LIMIT)
        while not (decoder.eof or decoder.needs_input):
            yield decoder.decompress(b"", _LIMIT)
    except _ERRORS as error:
        raise Damage(f"decompression failed: {error}") from error
