"""An object as a file that can be sought in."""

import io
from collections.abc import Callable
from typing import BinaryIO, cast

from emotion.objects import bucket

SMALLEST, LARGEST = 128 << 10, 8 << 20  # bytes a request; each that goes on where the last ended asks for twice as many

Read = Callable[[str, int, int, str | None], bytes]


def open_object(address: str, size: int | None, version: str | None, read: Read = bucket.read) -> BinaryIO:
    """The object of that size (None: it is asked for) and version; whoever reads it in sequence reads ahead."""
    return cast(BinaryIO, io.BufferedReader(_Object(address, size, version, read), SMALLEST))


class _Object(io.RawIOBase):
    """Keeps the window that was asked for last."""

    def __init__(self, address: str, size: int | None, version: str | None, read: Read) -> None:
        super().__init__()
        self._address, self._known, self._version, self._read = address, size, version, read
        self._at = 0
        self._window, self._begin, self._ask = b"", 0, SMALLEST

    @property
    def _size(self) -> int:
        if self._known is None:
            entry = bucket.find(self._address)
            self._known = 0 if entry is None else entry.size
        return self._known

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = self._size if whence == io.SEEK_END else self._at if whence == io.SEEK_CUR else 0
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override] # a buffer of bytes
        if self._at >= self._size or not len(buffer):
            return 0
        if not self._begin <= self._at < self._begin + len(self._window):
            self._fill(len(buffer))
        offset = self._at - self._begin
        piece = self._window[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _fill(self, wanted: int) -> None:
        goes_on = bool(self._window) and self._at == self._begin + len(self._window)
        self._ask = min(2 * self._ask, LARGEST) if goes_on else SMALLEST
        end = min(self._size, self._at + max(self._ask, min(wanted, LARGEST)))
        self._window = self._read(self._address, self._at, end, self._version)
        self._begin = self._at
