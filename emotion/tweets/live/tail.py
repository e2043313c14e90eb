"""Files that grow, as `tail -F` follows them: through rotation and truncation, and from where it was left."""

import glob
import os
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from emotion.tweets.live.source import Cursor, Event, Gap, Item, Quiet, decoded
from emotion.tweets.live.standard_input import raw_of
from emotion.tweets.stretches import Lines, Lost, Raw

POLL_SECONDS = 0.25
_PIECE = 1 << 20
_HEAD = 1024  # bytes by which a file is known again


class Place(msgspec.Struct, forbid_unknown_fields=True):
    """How far a file was read: `head` is a sum over its first bytes, as many as 1,024 of those that were read."""

    inode: int
    offset: int
    head: int


class Places(Cursor, frozen=True):
    """How far each file was read, by its path."""

    files: dict[str, Place]


class Tail:
    """Lines that are appended to files; what stands in them already comes first. A line counts once it is ended."""

    name = "files"
    endless = True
    repeats = False
    resumes = True

    def __init__(self, paths: Sequence[str], poll: float = POLL_SECONDS) -> None:
        self._paths = [str(Path(path).absolute()) for path in paths]
        self._poll = poll
        self._closed = threading.Event()

    def read(self, cursor: str | None) -> Iterator[Item]:
        """New lines of all files; a file that is not there yet is waited for."""
        places = decoded(cursor, Places)
        kept = places.files if places else {}
        followers = [_Follower(path, kept.get(path)) for path in self._paths]
        try:
            while not self._closed.is_set():
                found = False
                for follower in followers:
                    for item in follower.news():
                        found = True
                        yield item if isinstance(item, Gap) else Event(item, _cursor(followers))
                if not found:
                    yield Quiet()
                    self._closed.wait(self._poll)
        finally:
            for follower in followers:
                follower.close()

    def close(self) -> None:
        """End reading."""
        self._closed.set()


def _cursor(followers: "Sequence[_Follower]") -> str:
    return Places({one.path: one.place for one in followers if one.place is not None}).encode()


class _Follower:
    """One file, whatever happens to its name."""

    def __init__(self, path: str, place: Place | None) -> None:
        self.path = path
        self.place = place
        self._handle: BinaryIO | None = None
        self._lines = Lines()

    def news(self) -> Iterator[bytes | Gap]:
        """Lines that were ended since the last call, and what went missing."""
        if self._handle is None:
            yield from self._open()
        if self._handle is None:
            return
        yield from self._read()
        if self._is_cut():
            yield self._gap("the file was cut short")
            self._begin()
            yield from self._read()
        elif self._is_replaced():
            yield from self._read()  # what came between reading and replacing
            yield from (raw_of(line) for line in self._lines.end())
            self.close()
            self.place = None
            yield from self._open()

    def close(self) -> None:
        """Let go of the file."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _open(self) -> Iterator[bytes | Gap]:
        """Open the file of our name; what a place of an earlier run still owes comes from the file it was in."""
        try:
            handle = Path(self.path).open("rb")  # noqa: SIM115
        except FileNotFoundError:
            return
        self._handle, self._lines = handle, Lines()
        if self.place is None:
            self._begin()
        elif _is_at(handle, self.place):
            handle.seek(self.place.offset)
        else:
            yield from self._rest_of_rotated(self.place, handle)
            self._handle, self._lines = handle, Lines()
            self._begin()

    def _rest_of_rotated(self, place: Place, current: BinaryIO) -> Iterator[bytes | Gap]:
        """The end of the file that had our name before, found beside it under another one."""
        old = _find(Path(self.path), place)
        if old is None:
            yield self._gap("the file was replaced while nobody read it")
            return
        with old:
            self._handle = old
            old.seek(place.offset)
            yield from self._read()
            yield from (raw_of(line) for line in self._lines.end())
        self._handle = current

    def _begin(self) -> None:
        assert self._handle is not None
        self._handle.seek(0)
        self._lines = Lines()
        self.place = Place(os.fstat(self._handle.fileno()).st_ino, 0, 0)

    def _read(self) -> Iterator[bytes]:
        assert self._handle is not None
        while piece := self._handle.read(_PIECE):
            for line in self._lines.add(piece):
                self._advance(line)
                raw = raw_of(line)
                if raw.strip():
                    yield raw

    def _advance(self, line: Raw) -> None:
        assert self.place is not None
        assert self._handle is not None
        size = line.size if isinstance(line, Lost) else len(line) + 1
        offset, head = self.place.offset + size, self.place.head
        if self.place.offset < _HEAD:
            head = _sum(self._handle, offset)
        self.place = Place(self.place.inode, offset, head)

    def _is_cut(self) -> bool:
        assert self._handle is not None
        return os.fstat(self._handle.fileno()).st_size < self._handle.tell()

    def _is_replaced(self) -> bool:
        """Whether another file has our name; while none has, the old one is kept."""
        assert self._handle is not None
        try:
            named = os.stat(self.path)  # noqa: PTH116
        except FileNotFoundError:
            return False
        held = os.fstat(self._handle.fileno())
        return (named.st_dev, named.st_ino) != (held.st_dev, held.st_ino)

    def _gap(self, reason: str) -> Gap:
        now = time.time()
        return Gap(now, now, f"{reason}: {self.path}")


def _find(path: Path, place: Place) -> BinaryIO | None:
    for other in path.parent.glob(f"{glob.escape(path.stem)}*"):
        if other != path and other.is_file() and other.stat().st_ino == place.inode:
            handle = other.open("rb")
            if _is_at(handle, place):
                return handle
            handle.close()
    return None


def _is_at(handle: BinaryIO, place: Place) -> bool:
    """Whether this is the file that was read up to the place."""
    status = os.fstat(handle.fileno())
    return status.st_ino == place.inode and status.st_size >= place.offset and _sum(handle, place.offset) == place.head


def _sum(handle: BinaryIO, offset: int) -> int:
    return zlib.crc32(os.pread(handle.fileno(), min(offset, _HEAD), 0)) if offset else 0
