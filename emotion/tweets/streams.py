"""The bytes of a file, wherever they lie: on disk, in a bucket, within a tar or zip, or on standard input."""

import codecs
import io
import lzma
import os
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO

from emotion.errors import ArchiveError
from emotion.objects.address import is_remote
from emotion.objects.file import open_object
from emotion.tweets.damage import Damage, is_transient
from emotion.tweets.decompress import compression_of, decompress
from emotion.tweets.files import ArchiveFile, told_apart
from emotion.tweets.formats.lenient import UTF16
from emotion.tweets.pipes import looked_into, standard_input

PIECE = 1 << 20
ZIP_PIECE = 16 << 10  # a broken zip loses the piece in which it breaks
_ERRORS = (
    *(OSError, EOFError, ValueError, OverflowError, RuntimeError, KeyError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
_FAILED = "decompression failed"


@contextmanager
def open_stored(file: ArchiveFile) -> Iterator[IO[bytes]]:
    """The bytes as stored, still compressed where the file is; seekable on disk, in a bucket and in a plain tar.

    Raises:
        ArchiveError: the file cannot be opened, changed since it was listed, or reading fails for no fault of its own.
        StorageError: the same of an object.
    """
    handle = open_outer(file)
    try:
        _check_unchanged(handle, file)
        with _member(handle, file) as stored:
            yield stored
        _check_unchanged(handle, file)
    except Damage:
        _check_unchanged(handle, file)
        raise
    except OSError as error:
        if not is_transient(error):
            raise
        raise reading_failed(file.name, error) from error
    finally:
        if file.path != "-":
            handle.close()


def open_outer(file: ArchiveFile) -> IO[bytes]:
    """The file, or the container that it lies in."""
    if file.path == "-":
        return io.BufferedReader(standard_input())
    if file.stream:
        return io.BufferedReader(looked_into(file.path))
    if is_remote(file.path):
        return open_object(file.path, _outer_size(file), file.version)
    try:
        return Path(file.path).open("rb")
    except OSError as error:
        raise ArchiveError(f"Cannot open {file.path}: {error.strerror}. Was it moved or removed?") from error


def _outer_size(file: ArchiveFile) -> int | None:
    """Bytes of an object that may be asked for: of a tar those up to the member's end, of a zip what there is."""
    if file.member is None:
        return file.size
    return None if file.member.zipped else file.member.offset + file.member.size


def reading_failed(name: str, error: OSError) -> ArchiveError:
    return ArchiveError(f"Reading {name} failed: {error.strerror}. Say the same again to go on.")


def _check_unchanged(handle: IO[bytes], file: ArchiveFile) -> None:
    """An `mtime_ns` of 0 is that of a file of which nothing is known; a request for an object names its version."""
    if file.stream or file.path == "-" or is_remote(file.path):
        return
    status = os.fstat(handle.fileno())
    written = file.mtime_ns and status.st_mtime_ns != file.mtime_ns
    resized = file.mtime_ns and file.member is None and status.st_size != file.size
    if written or resized:
        raise ArchiveError(
            f"{file.name} changed while it was being read. Put the old file back and say the same again, or label "
            "everything anew with --restart."
        )


def read_stored(file: ArchiveFile, start: int | None = None, end: int | None = None) -> Iterator[bytes]:
    """Bytes as stored from `start` to before `end`; Damage where a container is broken or breaks off."""
    with open_stored(file) as handle:
        yield from pieces_of(handle, start, end, ZIP_PIECE if file.member and file.member.zipped else PIECE)


def pieces_of(
    handle: IO[bytes], start: int | None = None, end: int | None = None, size: int = PIECE
) -> Iterator[bytes]:
    """Bytes from `start` (None: where the handle stands) to before `end`, at most `size` at a time.

    Damage where what is read is broken; an OSError where reading it fails.
    """
    if start is not None:
        handle.seek(start)
    left = sys.maxsize if end is None else end - (start or 0)
    while left > 0:
        with damage_told():
            piece = handle.read(min(size, left))
        if not piece:
            return
        left -= len(piece)
        yield piece


@contextmanager
def damage_told() -> Iterator[None]:
    """Damage for what libraries raise over broken bytes; a failure to read them stays an OSError."""
    try:
        yield
    except _ERRORS as error:
        if is_transient(error):
            raise
        raise Damage(f"{_FAILED}: {error}") from error


def plain_pieces(stored: Iterator[bytes]) -> Iterator[bytes]:
    """Decompressed bytes, however they are compressed, as UTF-8 where they begin with a UTF-16 mark."""
    head, pieces = peek(stored, 10)
    return as_utf8(decompress(pieces, compression_of(head)))


def as_utf8(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same text in UTF-8 where it begins with a UTF-16 mark."""
    head, pieces = peek(pieces, 2)
    encoding = UTF16.get(head[:2])
    return pieces if encoding is None else _transcode(pieces, encoding)


def peek(pieces: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """At least the first `size` bytes where there are as many, and all pieces again."""
    held: list[bytes] = []
    damage: Damage | None = None
    try:
        while sum(map(len, held)) < size:
            piece = next(pieces, None)
            if piece is None:
                break
            held.append(piece)
    except Damage as error:
        damage = error
    return b"".join(held), _again(held, pieces, damage)


def is_utf16(head: bytes) -> bool:
    return head[:2] in UTF16


def _again(held: list[bytes], pieces: Iterator[bytes], damage: Damage | None) -> Iterator[bytes]:
    while held:
        yield held.pop(0)
    if damage is not None:
        raise damage
    yield from pieces


def _transcode(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in pieces:
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


@contextmanager
def _member(handle: IO[bytes], file: ArchiveFile) -> Iterator[IO[bytes]]:
    member = file.member
    if member is None:
        yield handle
    elif member.zipped:
        with _open_in_zip(handle, file, member.name) as stored:
            yield stored
    else:
        yield _Range(handle, member.offset, member.size)  # type: ignore[misc]


def zip_entries(container: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Files in a zip by name, in order; of two with one name, the later lies below `again/`."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in sorted(container.infolist(), key=lambda info: (info.filename, info.header_offset)):
        if not info.is_dir():
            entries[told_apart(info.filename, entries)] = info
    return entries


@lru_cache(maxsize=1)
def _opened_zip(path: str, version: tuple[object, ...]) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    """A zip kept open for its other members, as its directory is read whole; `version` tells when it is another."""
    container = zipfile.ZipFile(open_object(path, None, str(version[1])) if is_remote(path) else path)
    return container, zip_entries(container)


def _open_in_zip(handle: IO[bytes], file: ArchiveFile, name: str) -> IO[bytes]:
    with damage_told():
        container, entries = _opened_zip(file.path, (os.getpid(), *_version(handle, file)))
        return container.open(entries[name])


def _version(handle: IO[bytes], file: ArchiveFile) -> tuple[object, ...]:
    if is_remote(file.path):
        return (file.version,)
    status = os.fstat(handle.fileno())
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


class _Range(io.RawIOBase):
    """A stretch of a file as a file of its own; it is damaged where the file ends before the stretch does."""

    def __init__(self, handle: IO[bytes], offset: int, size: int) -> None:
        super().__init__()
        self._handle, self._offset, self._size, self._at = handle, offset, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        self._handle.seek(self._offset + self._at)
        data = self._handle.read(wanted)
        if not data:
            raise EOFError("the tar ends early")
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
