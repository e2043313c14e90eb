"""Objects of a store on this machine's disk, each fetched once, and folders made of them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from hashlib import blake2b
from pathlib import Path

from filelock import FileLock, Timeout

from emotion.errors import JobError
from emotion.folders import own_folder
from emotion.objects.bucket import Entry, in_order
from emotion.objects.fetch import cache, save
from emotion.stores.files import TEMPORARY, finished_files, room_on_disk
from emotion.stores.finish import Totals
from emotion.stores.finish.sources import rows_of
from emotion.stores.protocol import Check, unchecked

_LOOK = 0.5  # seconds after which who waits for another process asks whether to go on
_RECORDS = ("dead_letters.jsonl", "_job/ledger.json", "_job/removed.arrow", "_job/tombstones.arrow")


class Mirror:
    """The disk's copies of the objects of the store at `address`, in the cache.

    `objects` holds the content of each under a name made of its address and version, `folders` hard links to them.
    """

    def __init__(self, address: str) -> None:
        self._folder = cache() / "stores" / blake2b(address.encode(), digest_size=12).hexdigest()
        self._objects, self._folders = self._folder / "objects", self._folder / "folders"

    @contextmanager
    def folder(self, wanted: Mapping[str, Entry], check: Check = unchecked) -> Iterator[Path]:
        """A folder of its own, in which each name holds the content of its object; objects not wanted now are dropped.

        Files in it may be replaced, not written into. Where `check` raises, what was fetched until then is kept.

        Raises:
            Vanished: an object is not there any more as it was listed.
            StorageError: the bucket refuses, or does not answer.
            StoreError: the disk is full.
        """
        with ExitStack() as held:
            with room_on_disk(self._folder):
                self._objects.mkdir(parents=True, exist_ok=True)
                self._folders.mkdir(exist_ok=True)
                with self._locked(check):
                    made = held.enter_context(own_folder(self._folders))
                    self._fill(made, wanted, check)
            yield made

    def holds(self, path: Path, entry: Entry) -> bool:
        """Whether a file in a folder is still the content of the object, untouched."""
        copy = self._path(entry)
        return copy.exists() and path.samefile(copy)

    def adopt(self, path: Path, entry: Entry) -> None:
        """Take a file that was put there as `entry`, so that it is not fetched again."""
        copy = self._path(entry)
        with self._locked():
            if not copy.exists():
                os.link(path, copy)

    @contextmanager
    def _locked(self, check: Check = unchecked) -> Iterator[None]:
        lock = FileLock(self._folder / "lock", timeout=_LOOK)
        while True:
            check()
            with suppress(Timeout):
                lock.acquire()
                break
        try:
            yield
        finally:
            lock.release()

    def _fill(self, folder: Path, wanted: Mapping[str, Entry], check: Check) -> None:
        missing = [entry for entry in wanted.values() if not self._path(entry).exists()]
        for _ in in_order(partial(self._fetch, check=check), missing):
            pass
        for name, entry in wanted.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(self._path(entry), path)
        still = {self._path(entry).name for entry in wanted.values()}
        for path in self._objects.iterdir():
            if path.name not in still:
                path.unlink()

    def _fetch(self, entry: Entry, check: Check) -> None:
        path = self._path(entry)
        temporary = path.with_name(path.name + TEMPORARY)
        save(entry, temporary, check)
        temporary.replace(path)

    def _path(self, entry: Entry) -> Path:
        named = f"{entry.address}\0{entry.size}\0{entry.version}"
        return self._objects / blake2b(named.encode(), digest_size=16).hexdigest()


def files_of(root: Path, made: Totals) -> list[str]:
    """The files of the finished store, which is what readers will be shown.

    Raises:
        JobError: something else has taken some of them away.
    """
    months = finished_files(root)
    lost = [name for name in _RECORDS if not (root / name).exists()]
    if lost or sum(map(rows_of, months)) != made.documents:
        raise JobError(
            f"Files of {root}, where the end of this job was made, have vanished; nothing of it was shown. Say the "
            "same again, and let nothing else clean that folder meanwhile."
        )
    return [*(path.relative_to(root).as_posix() for path in months), *_RECORDS]
