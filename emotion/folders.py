"""Folders for a while: each goes with its process, and where that was killed the next to make one removes it."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "emotion-"
_CONTENT, _LOCK = "own", "lock"
_DRAWN = 8  # letters that mkdtemp draws


@contextmanager
def own_folder(within: Path | None = None, longest: int = 4096) -> Iterator[Path]:
    """An empty folder that this user alone enters, in `within` or where temporary files go; it goes with the block.

    `longest` is how many characters its path may have, as paths of sockets are short: where it would have more
    it is made in /tmp.
    """
    place = Path(tempfile.gettempdir()) if within is None else within
    if len(str(place / (_PREFIX + "x" * _DRAWN) / _CONTENT)) > longest:
        place = Path("/tmp")  # nosec B108 (mkdtemp makes a folder of one's own there)
    _sweep(place)
    folder, lock = _made(place)
    try:
        yield folder / _CONTENT
    finally:
        _remove(folder)
        lock.release()


def _made(place: Path) -> tuple[Path, FileLock]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        lock = _lock(folder)
        with suppress(FileNotFoundError):  # swept between the next two steps
            lock.acquire()
            (folder / _CONTENT).mkdir()
            return folder, lock
        lock.release()


def _sweep(place: Path) -> None:
    """Remove what killed processes left; others' folders are theirs, and one that is not locked yet is being made.

    The first sweep takes the content, the next one the folder: a server that outlives its process for some seconds, as
    those of Ray do, makes anew what it misses.
    """
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError, Timeout):  # another sweeps it too; somebody is at it
            if _ours(folder) and (folder / _LOCK).is_file():
                with _lock(folder, timeout=0):
                    if (folder / _CONTENT).exists():
                        shutil.rmtree(folder / _CONTENT, ignore_errors=True)
                    else:
                        shutil.rmtree(folder, ignore_errors=True)


def _ours(folder: Path) -> bool:
    seen = folder.lstat()
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid()


def _lock(folder: Path, timeout: float = -1) -> FileLock:
    """What is held while a folder is in use; the end of its process lets go. Another thread may let go of it."""
    return FileLock(folder / _LOCK, timeout, thread_local=False)


def _remove(folder: Path) -> None:
    """The lock goes last: what cannot be removed now, as somebody still writes there, is found by the next sweep."""
    shutil.rmtree(folder / _CONTENT, ignore_errors=True)
    if not (folder / _CONTENT).exists():
        shutil.rmtree(folder, ignore_errors=True)
