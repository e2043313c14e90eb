"""The bytes of a file of vectors, plain, compressed or in a zip: what is asked for, and no more in memory."""

import tempfile
import zipfile
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emotion.errors import DataError
from emotion.tweets.damage import Damage
from emotion.tweets.decompress import compression_of, decompress
from emotion.tweets.formats.detect import is_zip

PIECE = 1 << 20
HEAD = 16  # bytes that tell how a file is compressed
LONGEST_LINE = 1 << 18  # bytes; 4096 numbers and a word are far less
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError)
_PICKLES = ("data.pkl", ".pkl", ".pickle")


class Stream:
    """Bytes in order, over pieces of any size."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""
        self._at = 0

    def head(self, size: int) -> bytes:
        """The next bytes, at most `size`, left where they are."""
        self._fill(size)
        return self._held[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """Exactly `size` bytes; Damage where the file ends before."""
        self._fill(size)
        taken = self._held[self._at : self._at + size]
        if len(taken) < size:
            raise Damage("the file ends early")
        self._at += size
        return taken

    def until(self, end: bytes, longest: int) -> bytes:
        """The bytes before `end`, which is taken too; Damage where it does not come within `longest` bytes."""
        size = 256
        while True:
            size = min(size, longest)
            self._fill(size)
            found = self._held.find(end, self._at, self._at + size)
            if found >= 0:
                taken = self._held[self._at : found]
                self._at = found + 1
                return taken
            if size == longest or len(self._held) - self._at < size:
                raise Damage("the file ends early" if size < longest else "a name that does not end")
            size *= 4

    def lines(self) -> Iterator[bytes | None]:
        """Each line without its end, the first without a byte order mark; None for one longer than vectors can be."""
        if self.head(len(BOM_UTF8)) == BOM_UTF8:
            self.take(len(BOM_UTF8))
        rest, lost = self._held[self._at :], False
        self._held, self._at = b"", 0
        for piece in self._pieces:
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield None if lost or len(line) > LONGEST_LINE else line
                lost = False
            if len(rest) > LONGEST_LINE:
                rest, lost = b"", True
        *whole, rest = rest.split(b"\n")
        for line in whole:
            yield None if lost or len(line) > LONGEST_LINE else line
            lost = False
        if rest or lost:
            yield None if lost else rest

    def _fill(self, size: int) -> None:
        there = len(self._held) - self._at
        if there >= size:
            return
        parts = [self._held[self._at :]]
        while there < size and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            there += len(piece)
        self._held, self._at = b"".join(parts), 0


@contextmanager
def opened(path: Path, member: str | None = None) -> Iterator[Stream]:
    """A file's plain bytes; of a zip those of `member`, or of the only one that it holds.

    Raises:
        DataError: it cannot be read, or it is damaged.
    """
    try:
        with path.open("rb") as handle:
            head = handle.read(HEAD)
            handle.seek(0)
            if is_zip(head):
                with zipfile.ZipFile(handle) as container, container.open(_chosen(container, path, member)) as inner:
                    yield Stream(_pieces(inner))
            else:
                yield Stream(decompress(_pieces(handle), compression_of(head)))
    except Damage as damage:
        raise DataError(f"{path} is damaged: {damage}. Take it from its source again.") from None
    except _BROKEN as error:
        raise DataError(f"{path} is damaged: {str(error)[:200]}. Take it from its source again.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None


@contextmanager
def unpacked(path: Path, member: str | None = None) -> Iterator[Path]:
    """A file with the plain bytes, as libraries want them: `path` itself, or a copy that goes when it was used."""
    with path.open("rb") as handle:
        head = handle.read(HEAD)
    if not is_zip(head) and compression_of(head) is None:
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="emotion-vectors-") as copy:
        with opened(path, member) as stream:
            while piece := stream.head(PIECE):
                copy.write(stream.take(len(piece)))
        copy.flush()
        yield Path(copy.name)


def _pieces(handle: Any) -> Iterator[bytes]:
    while piece := handle.read(PIECE):
        yield piece


def _chosen(container: zipfile.ZipFile, path: Path, member: str | None) -> str:
    names = [info.filename for info in container.infolist() if not info.is_dir()]
    if any(name.endswith(_PICKLES) for name in names):
        raise DataError(f"{path} holds pickles, as torch.save writes them; {SAFE}.")
    if member is not None and member not in names:
        raise DataError(f"{path} holds no {member!r}; it holds {', '.join(names[:10])}.")
    if member is None and len(names) != 1:
        raise DataError(f"{path} holds {len(names)} files; name one of them as {path}!{names[0] if names else 'NAME'}.")
    return member or names[0]


SAFE = (
    "pickles are not read, as they can run code. Save the array by numpy.save('vectors.npy', array), its words "
    "one a line in words.txt beside it, and name the .npy"
)
