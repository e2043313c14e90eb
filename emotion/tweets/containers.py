"""Members of tar and zip archives: listed where each can be opened alone, or met one by one within another file."""

import io
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from emotion.errors import ArchiveError
from emotion.tweets.damage import Damage, is_transient
from emotion.tweets.files import Member, encodable, told_apart
from emotion.tweets.streams import PIECE, ZIP_PIECE, damage_told, pieces_of, zip_entries

UNLISTED = "decompression failed: not a readable tar or zip"
HEADER_BYTES = 1 << 20  # of a name, or of what else stands before a file; Python reads it whole
_HEADERS = (
    tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE,
)  # fmt: skip


class _Header(tarfile.TarInfo):
    """A header that does not fill the memory, whatever size it names."""

    def _proc_member(self, container: tarfile.TarFile) -> Any:
        if self.type in _HEADERS and self.size > HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {self.size:,} bytes")
        return super()._proc_member(container)  # type: ignore[misc]  # Python's own, which its type leaves out


def zip_members(handle: IO[bytes]) -> list[Member] | None:
    """Files in a zip by name; None when its directory is broken."""
    try:
        with zipfile.ZipFile(handle) as container:
            entries = zip_entries(container)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        if is_transient(error):
            raise
        return None
    return [Member(name, 0, info.file_size, zipped=True) for name, info in entries.items()]


def tar_members(handle: IO[bytes], size: int) -> tuple[list[Member], bool]:
    """Files in a plain tar of `size` bytes in their order, and whether all of it could be listed.

    Tars may follow each other, as `cat` joins them.
    """
    members: list[Member] = []
    names: set[str] = set()
    start: int | None = 0
    try:
        while start is not None:
            handle.seek(start)
            with tarfile.open(fileobj=handle, mode="r:", tarinfo=_Header) as container:
                for name, info in _files(container, names):
                    members.append(Member(name, info.offset_data, info.size))
            begun, start = start, _next_header(handle, container.offset)
            if start == begun:
                return members, False
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        if is_transient(error):
            raise
        return members, bool(members) and members[-1].offset + members[-1].size > size
    return members, True


def _next_header(handle: IO[bytes], start: int) -> int | None:
    """The first block from `start` on that is not zeros."""
    zeros = 0
    handle.seek(start)
    while piece := handle.read(PIECE):
        filled = piece.lstrip(b"\0")
        zeros += len(piece) - len(filled)
        if filled:
            return start + zeros // tarfile.BLOCKSIZE * tarfile.BLOCKSIZE
    return None


def stream_members(pieces: Iterator[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Names and bytes of the files in a tar read in sequence; each must be read before the next is asked for."""
    stream = _PieceReader(pieces)
    names: set[str] = set()
    try:
        more = True
        while more:
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as container:
                for name, info in _files(container, names):
                    yield name, _content(container, info, stream)
                more = _put_back_next_header(container.fileobj, stream)
    except (tarfile.TarError, EOFError, ValueError) as error:
        if not stream.reported:
            raise stream.damage or Damage(f"decompression failed: {error}") from error
    if stream.damage is not None and not stream.reported:
        raise stream.damage


def _put_back_next_header(tar: Any, stream: "_PieceReader") -> bool:
    """Whether another tar follows where one has ended; it is read next."""
    while block := tar.read(tarfile.BLOCKSIZE):
        if block.strip(b"\0"):
            stream.put_back(block + tar.buf)
            return True
    return False


def unpacked_members(pieces: Iterator[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """As `stream_members`, of a zip, whose directory stands at its end."""
    with on_disk(pieces) as handle:
        members = zip_members(handle)
        if members is None:
            raise Damage(UNLISTED)
        with zipfile.ZipFile(handle) as container:
            for name, info in zip_entries(container).items():
                yield name, _unpacked(container, info)


@contextmanager
def on_disk(pieces: Iterator[bytes]) -> Iterator[IO[bytes]]:
    """Bytes of a stream as a temporary file, for what is read from its end."""
    with tempfile.TemporaryFile() as handle:
        try:
            for piece in pieces:
                handle.write(piece)
            handle.seek(0)  # flushes
        except OSError as error:
            raise ArchiveError(
                f"Parquet or a zip within another file is unpacked in {tempfile.gettempdir()}, which cannot take it: "
                f"{error.strerror}. Make room, or set TMPDIR to a folder with more."
            ) from error
        yield handle


def _unpacked(container: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with damage_told():
        handle = container.open(info)
    with handle:
        yield from pieces_of(handle, size=ZIP_PIECE)


def _files(container: tarfile.TarFile, names: set[str]) -> Iterator[tuple[str, tarfile.TarInfo]]:
    for info in container:
        if info.isreg() and not info.issparse():
            name = told_apart(encodable(info.name), names)
            names.add(name)
            yield name, info


def _content(container: tarfile.TarFile, info: tarfile.TarInfo, stream: "_PieceReader") -> Iterator[bytes]:
    """Bytes of a member; taken from the tar itself, whose own files lose what comes before a break."""
    tar: Any = container.fileobj
    tar.seek(info.offset_data)
    left = info.size
    while left > 0:
        piece = tar.read(min(PIECE, left))
        if not piece:
            stream.reported = True
            raise stream.damage or Damage("decompression failed: the tar ends early")
        left -= len(piece)
        yield piece


class _PieceReader(io.RawIOBase):
    """Pieces as a file; a damage looks like its end, so that what came before is used, and is kept to be told."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = b""
        self.damage: Damage | None = None
        self.reported = False

    def readable(self) -> bool:
        return True

    def put_back(self, taken: bytes) -> None:
        """To be read again."""
        self._rest = taken + self._rest

    def read(self, size: int = -1) -> bytes:
        while not self._rest and self.damage is None:
            try:
                piece = next(self._pieces, None)
            except Damage as damage:
                self.damage = damage
                break
            if piece is None:
                break
            self._rest = piece
        taken = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(taken) :]
        return taken
