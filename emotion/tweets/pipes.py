"""What can be read once, standard input and pipes: the first bytes are looked at before, as it is named by them."""

import io
import sys
from typing import IO, Any

from emotion.errors import ArchiveError

HEAD = 4096


class _Stream(io.RawIOBase):
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.head = stream.read(HEAD)
        self._left = self.head

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        piece = self._left[: len(into)] or self._stream.read(len(into))
        self._left = self._left[len(piece) :]
        into[: len(piece)] = piece
        return len(piece)


class _Pipe(_Stream):
    def close(self) -> None:
        self._stream.close()
        super().close()


_opened: tuple[object, _Stream] | None = None
_pipes: dict[str, _Pipe] = {}  # by path, those that are not read yet


def standard_input() -> _Stream:
    """Standard input, opened once; its `head` is its first 4 KiB."""
    global _opened
    if _opened is None or _opened[0] is not sys.stdin:
        _opened = (sys.stdin, _Stream(sys.stdin.buffer))
    return _opened[1]


def look_into(path: str) -> bytes:
    """The first 4 KiB of a pipe, as soon as they are there; it stays open for who reads it, in this process.

    Raises:
        OSError: it cannot be read.
    """
    if path in _pipes:
        _pipes.pop(path).close()
    _pipes[path] = _Pipe(io.BufferedReader(io.FileIO(path)))
    return _pipes[path].head


def looked_into(path: str) -> _Stream:
    """The pipe from its first byte on; the end of reading closes it.

    Raises:
        ArchiveError: it was read already.
    """
    try:
        return _pipes.pop(path)
    except KeyError:
        raise ArchiveError(f"{path} is a pipe, and was read already. Send it again.") from None
