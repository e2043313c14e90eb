"""One live job a store: a lease that is renewed while the job lives and numbers its attempts."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock
import msgspec
import psutil

from emotion.errors import JobError, StoreError
from emotion.stores.files import sweep, write_whole

RENEW_SECONDS = 5.0
EXPIRE_SECONDS = 30.0


class Lease(msgspec.Struct):
    """Who works on the store. Times in seconds since 1970; `born` tells a process from a later one of its number."""

    host: str
    process: int
    born: float
    attempt: int
    renewed: float
    released: bool = False


class Held:
    """A lease as its holder has it: the attempt's number, from 1, and whether it is still its own."""

    def __init__(self, folder: Path, lease: Lease) -> None:
        self.attempt = lease.attempt
        self.lost = threading.Event()
        self._folder = folder
        self._lease = lease

    def check(self) -> None:
        """Stop before anything that two jobs must not do at once.

        Raises:
            JobError: another job has taken the lease over.
        """
        with suppress(OSError):
            if not _is_ours(self._folder, self._lease):
                self.lost.set()
        if self.lost.is_set():
            raise JobError(
                f"This job did not renew its lease for {EXPIRE_SECONDS:.0f} s, and another one took the store over; "
                "what this one committed is kept."
            )


@contextmanager
def hold(folder: Path) -> Iterator[Held]:
    """Hold the lease kept in `folder` while the block runs; what killed writers left in the folder goes.

    Raises:
        JobError: another live job holds it. One whose process is gone (on this host), or that has not renewed for
            `EXPIRE_SECONDS` (on another), is not live.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lease = _take(folder)
    sweep(folder)
    held, stop = Held(folder, lease), threading.Event()
    renewer = threading.Thread(target=_renew, args=(folder, lease, stop, held), daemon=True, name="lease")
    renewer.start()
    try:
        yield held
    finally:
        stop.set()
        renewer.join()
        lease.released = True
        with suppress(OSError, StoreError):  # the end of the process frees it too
            if folder.is_dir() and _is_ours(folder, lease):
                _write(folder, lease)


def _take(folder: Path) -> Lease:
    with _alone(folder):
        held = _read(folder)
        if held is not None and _is_live(held):
            raise JobError(
                f"Another job is at work on this store (process {held.process} on {held.host}, attempt "
                f"{held.attempt}); wait for it to end, or stop it."
            )
        me = psutil.Process()
        lease = Lease(socket.gethostname(), me.pid, me.create_time(), held.attempt + 1 if held else 1, time.time())
        _write(folder, lease)
        return lease


def _alone(folder: Path) -> filelock.BaseFileLock:
    """Hold others off from between reading the lease and writing it."""
    return filelock.FileLock(folder / "lease.lock")


def _is_live(lease: Lease) -> bool:
    if lease.released:
        return False
    if lease.host != socket.gethostname():
        return time.time() - lease.renewed < EXPIRE_SECONDS
    try:
        process = psutil.Process(lease.process)
        return abs(process.create_time() - lease.born) < 1 and bool(process.status() != psutil.STATUS_ZOMBIE)
    except (psutil.Error, ValueError, OverflowError):
        return False


def _renew(folder: Path, lease: Lease, stop: threading.Event, held: Held) -> None:
    while not stop.wait(RENEW_SECONDS):
        if not folder.is_dir():
            continue  # the store is being exchanged for another
        with suppress(OSError, StoreError), _alone(folder):
            if not _is_ours(folder, lease):
                held.lost.set()
                return
            lease.renewed = time.time()
            _write(folder, lease)


def _is_ours(folder: Path, lease: Lease) -> bool:
    """Whether the lease in the folder is this process's, or none is there."""
    kept = _read(folder)
    return kept is None or (kept.host, kept.process, kept.born) == (lease.host, lease.process, lease.born)


def _read(folder: Path) -> Lease | None:
    try:
        return msgspec.json.decode((folder / "lease.json").read_bytes(), type=Lease)
    except (FileNotFoundError, ValueError):
        return None


def _write(folder: Path, lease: Lease) -> None:
    write_whole(folder / "lease.json", msgspec.json.encode(lease))
