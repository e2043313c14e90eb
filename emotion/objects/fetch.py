"""Folders of a bucket on this machine's disk, once."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from emotion.errors import StorageError
from emotion.objects.address import parse
from emotion.objects.bucket import Entry, in_order, listed, read

CACHE = "EMOTION_CACHE"  # environment variable: the folder of what was fetched
DEFAULT = Path("~/.cache/emotion")
MOST = 1000  # objects of one folder: a bundle has some ten
_PIECE = 8 << 20


def cache() -> Path:
    """`$EMOTION_CACHE`, else `~/.cache/emotion`."""
    return Path(os.environ.get(CACHE) or DEFAULT).expanduser()


def fetch(address: str, to: Path, check: Callable[[Path], None]) -> Path:
    """The objects below an address as the folder `to`, whole or not at all; what is there already is taken as it is.

    `check` looks at the folder before it counts, and raises where it is not what it should be.

    Raises:
        StorageError: there are none, or more than a thousand; or the bucket refuses.
    """
    if to.is_dir():
        return to
    to.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(to.with_name(f".{to.name}.lock")):
        if not to.is_dir():
            fresh = to.with_name(f".{to.name}.new")
            shutil.rmtree(fresh, ignore_errors=True)
            try:
                _copy(address, fresh)
                check(fresh)
                fresh.rename(to)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
    return to


def _copy(address: str, folder: Path) -> None:
    entries = []
    for entry in listed(address):
        entries.append(entry)
        if len(entries) > MOST:
            raise StorageError(f"{address} holds more than {MOST:,} objects, so it is not the folder of a model.")
    if not entries:
        raise StorageError(f"There is nothing below {address}.")
    start = len(str(parse(address)).rstrip("/")) + 1
    for _ in in_order(lambda entry: save(entry, folder / entry.address[start:]), entries):
        pass


def save(entry: Entry, path: Path, check: Callable[[], None] = lambda: None) -> None:
    """Write an object to a file, a piece at a time, until `check` raises; its folder is made.

    Raises:
        StorageError: the object changed since, or the bucket refuses.
    """
    parse(entry.address)  # no part of it leads out of the folder
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for start in range(0, entry.size, _PIECE):
            check()
            file.write(read(entry.address, start, min(entry.size, start + _PIECE), entry.version))
