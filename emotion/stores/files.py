"""Files that appear whole or not at all, and are checked when they are read."""

import errno
import glob
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec
import orjson

from emotion.errors import StoreError

TEMPORARY = ".tmp"
_FULL = (errno.ENOSPC, errno.EDQUOT)
Kind = TypeVar("Kind")


@contextmanager
def whole(path: Path, check: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """A temporary path beside `path`; on leaving, it is synced and, unless `check` raises, renamed to `path`.

    A crash leaves at most a file ending in `.tmp`, which `sweep` removes. No other writer has its name: machines that
    share a disk may have processes of one number.

    Raises:
        StoreError: the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}{TEMPORARY}")
    try:
        with room_on_disk(path.parent):
            yield temporary
            sync_file(temporary)
            check()
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, check: Callable[[], None] = lambda: None) -> None:
    """Write `data` to `path`, whole or not at all; not at all where `check` raises."""
    with whole(path, check) as temporary:
        temporary.write_bytes(data)


def append_line(path: Path, line: bytes) -> None:
    """Add a line to a file, so that it outlives a power loss; one that a full disk cut short is taken back.

    Raises:
        StoreError: the disk is full.
    """
    with room_on_disk(path.parent), path.open("ab", buffering=0) as file:
        end = file.tell()
        try:
            if file.write(line + b"\n") <= len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise


def write_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON, whole or not at all."""
    write_whole(path, readable(value))


def readable(value: Any) -> bytes:
    """JSON that people can read."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read_whole(path: Path, kind: type[Kind], advice: str = "") -> Kind | None:
    """The JSON of a file as `kind`, or None where there is none.

    Raises:
        StoreError: it holds something else; `advice` says what to do.
    """
    content = content_of(path)
    return None if content is None else decoded(content, path, kind, advice)


def content_of(path: Path) -> bytes | None:
    """What a file holds, or None where there is none.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(f"The file {path} cannot be read: {error.strerror}.") from None


def decoded(content: bytes, place: object, kind: type[Kind], advice: str = "") -> Kind:
    """JSON as `kind`.

    Raises:
        StoreError: what lies at that place is something else; `advice` says what to do.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"The file {place} is damaged ({error}){advice}.") from None


@contextmanager
def room_on_disk(place: Path) -> Iterator[None]:
    """Tell what fails because the disk is full.

    Raises:
        StoreError: it is.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StoreError(f"The disk that holds {place} is full: make room and say the same again to go on.") from error


def sync_directory(path: Path) -> None:
    """Make the renames in `path` survive a power loss."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path, name: str | None = None) -> None:
    """Remove what writers that were killed left in `folder`, of the file `name` or of all."""
    for path in folder.glob(f".{'' if name is None else glob.escape(name) + '.'}*{TEMPORARY}"):
        path.unlink(missing_ok=True)


def finished_files(root: Path) -> list[Path]:
    """The finished files of the store in a directory, in order of month and manifest."""
    return sorted(root.glob("month=*/*.parquet"))


def sync_file(path: Path) -> None:
    """Make the content of `path` survive a power loss."""
    handle: BinaryIO
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
