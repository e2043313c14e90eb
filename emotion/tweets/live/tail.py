"""Files that grow, as `tail -F` follows them: through rotation and truncation, and from where it was left."""

import glob
import os
import re
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from emotion.tweets.live.source import Cursor, Event, Gap, Item, Quiet, decoded
from emotion.tweets.live.standard_input import raw_of
from emotion.tweets.stretches import Lines, Lost, Raw

POLL_SECONDS = 0.25
REST_SECONDS = 2.0  # for which a file that lost its name is still read: who writes may not have noticed yet
_PIECE = 1 << 20
_HEAD = 1024  # bytes by which a file is known again
_PACKED = r"(\.(?:gz|bz2|xz|zst))?"


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
    repeats = False

    def __init__(self, paths: Sequence[str], poll: float = POLL_SECONDS, rest: float = REST_SECONDS) -> None:
        self._paths = [str(Path(path).absolute()) for path in paths]
        self._poll = poll
        self._rest = rest
        self._closed = threading.Event()

    def read(self, cursor: str | None, most: int | None = None) -> Iterator[Item]:
        """New lines of all files; a file that is not there yet is waited for."""
        places = decoded(cursor, Places)
        kept = places.files if places else {}
        followers = [_Follower(path, kept.get(path), self._rest) for path in self._paths]
        try:
            while not self._closed.is_set():
                found = False
                for follower in followers:
                    for item in follower.news():
                        found = True
                        yield item if isinstance(item, Gap) else Event(item, _cursor(followers))
                        if isinstance(item, Gap):
                            yield Quiet(_cursor(followers))
                        if self._closed.is_set():
                            return
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
    """One file, whatever happens to its name: files that had it are read one after the other."""

    def __init__(self, path: str, place: Place | None, rest: float) -> None:
        self.path = path
        self.place = place
        self._rest = rest
        self._replaced: float | None = None  # since when another file has our name
        self._handle: BinaryIO | None = None
        self._lines = Lines()

    def news(self) -> Iterator[bytes | Gap]:
        """Lines that were ended since the last call, and what went missing."""
        if self._handle is None:
            yield from self._open()
        if self._handle is None:
            return
        if self._is_cut():
            self._begin()
            yield self._gap("the file was cut short")
        before = self._handle.tell()
        yield from self._read()
        if self._handle.tell() > before:  # also a part of a line
            self._replaced = None
        if not self._is_replaced():
            self._replaced = None
        elif self._has_rested():
            yield from self._end()
            yield from self._go_on()

    def close(self) -> None:
        """Let go of the file."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _open(self) -> Iterator[Gap]:
        """Open the file that was being read, under whatever name it has now."""
        try:
            self._handle = Path(self.path).open("rb")  # noqa: SIM115
        except FileNotFoundError:
            return
        if self.place is None:
            self._begin()
        elif _is_at(self._handle, self.place):
            self._handle.seek(self.place.offset)
        elif (old := _find(Path(self.path), self.place)) is not None:
            self.close()
            self._handle = old
            old.seek(self.place.offset)
        else:
            self._begin()
            yield self._gap("the file was replaced while nobody read it")

    def _has_rested(self) -> bool:
        """Whether nothing has come for a while since another file took our name: who writes may still hold this one."""
        now = time.monotonic()
        self._replaced = self._replaced or now
        return now - self._replaced >= self._rest

    def _go_on(self) -> Iterator[bytes | Gap]:
        """Read the file that had our name after this one."""
        assert self._handle is not None
        inode = os.fstat(self._handle.fileno()).st_ino
        later, is_missing = _later(Path(self.path), inode)
        try:
            handle = later.open("rb")
        except FileNotFoundError:
            return
        if _later(Path(self.path), inode) != (later, is_missing):  # names moved on meanwhile
            handle.close()
            return
        self.close()
        self._handle, self._replaced = handle, None
        self._begin()
        if is_missing:
            yield self._gap("a file between two that were read is gone or compressed")
        yield from self._read()

    def _end(self) -> Iterator[bytes]:
        """The last line of a file that nobody appends to any more."""
        assert self._handle is not None
        for line in self._lines.end():
            self._advance(line, 0)
            raw = raw_of(line)
            if raw.strip():
                yield raw

    def _begin(self) -> None:
        assert self._handle is not None
        self._handle.seek(0)
        self._lines = Lines()
        self.place = Place(os.fstat(self._handle.fileno()).st_ino, 0, 0)

    def _read(self) -> Iterator[bytes]:
        assert self._handle is not None
        while piece := self._handle.read(_PIECE):
            for line in self._lines.add(piece):
                self._advance(line, 1)
                raw = raw_of(line)
                if raw.strip():
                    yield raw

    def _advance(self, line: Raw, newline: int) -> None:
        assert self.place is not None
        assert self._handle is not None
        size = (line.size - 1 if isinstance(line, Lost) else len(line)) + newline
        offset, head = self.place.offset + size, self.place.head
        if self.place.offset < _HEAD:
            head = _sum(self._handle, offset)
        self.place = Place(self.place.inode, offset, head)

    def _is_cut(self) -> bool:
        """Whether the file has become shorter than what was read of it, or another content stands in it."""
        assert self._handle is not None
        assert self.place is not None
        return os.fstat(self._handle.fileno()).st_size < self._handle.tell() or not _is_at(self._handle, self.place)

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


def _siblings(path: Path) -> dict[int, Path]:
    """Files beside this one whose names begin as its name does, by their inodes."""
    found = {}
    for other in path.parent.glob(f"{glob.escape(path.stem)}*"):
        with suppress(FileNotFoundError):
            if other != path and other.is_file():
                found[other.stat().st_ino] = other
    return found


def _find(path: Path, place: Place) -> BinaryIO | None:
    """The file that was read up to the place, under another name."""
    with suppress(KeyError, FileNotFoundError):
        handle = _siblings(path)[place.inode].open("rb")
        if _is_at(handle, place):
            return handle
        handle.close()
    return None


def _later(path: Path, inode: int) -> tuple[Path, bool]:
    """The file that had the name after the one with the inode, and whether one between them is missing.

    Rotated files are named alike but for a number: of `.1`, `.2` and so on the smallest is the newest, of dates and
    times the greatest. One that was compressed meanwhile is missing.
    """
    siblings = _siblings(path)
    old = siblings.get(inode)
    if old is None:
        return path, False
    rest = old.name.removeprefix(path.stem)
    alike = re.compile(r"(\d+)".join(map(re.escape, re.split(r"\d+", rest))) + _PACKED)
    matches = ((alike.fullmatch(other.name.removeprefix(path.stem)), other) for other in siblings.values())
    parts = ((match.groups(), other) for match, other in matches if match)
    found = sorted((_numbers(groups[:-1]), groups[-1] is not None, other) for groups, other in parts)
    here = _numbers(re.findall(r"\d+", rest))
    if re.fullmatch(rf"{re.escape(path.name)}\.\d{{1,3}}", old.name):
        return _counted(path, here, {number: other for number, is_packed, other in found if not is_packed})
    later = [(is_packed, other) for number, is_packed, other in found if number > here]
    return next((other for is_packed, other in later if not is_packed), path), bool(later) and later[0][0]


def _numbers(found: Sequence[str]) -> tuple[int, ...]:
    return tuple(map(int, found))


def _counted(path: Path, here: tuple[int, ...], found: dict[tuple[int, ...], Path]) -> tuple[Path, bool]:
    newer = max((number for number in found if number < here), default=None)
    if newer is None:
        return path, here[-1] > 1
    return found[newer], newer != (*here[:-1], here[-1] - 1)


def _is_at(handle: BinaryIO, place: Place) -> bool:
    """Whether this is the file that was read up to the place."""
    status = os.fstat(handle.fileno())
    return status.st_ino == place.inode and status.st_size >= place.offset and _sum(handle, place.offset) == place.head


def _sum(handle: BinaryIO, offset: int) -> int:
    return zlib.crc32(os.pread(handle.fileno(), min(offset, _HEAD), 0)) if offset else 0
