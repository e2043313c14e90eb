"""One live job a store: a lease that is renewed while the job lives and numbers its attempts."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Protocol

import filelock
import msgspec
import psutil

from emotion.errors import JobError, StorageError, StoreError
from emotion.stores.files import sweep, write_whole
from emotion.threads import beside

RENEW_SECONDS = 5.0
EXPIRE_SECONDS = 30.0
_NOT_NOW = (OSError, StoreError, StorageError)


class Lease(msgspec.Struct):
    """Who works on the store. `renewed` is in seconds since 1970.

    `born` tells a process from a later one of its number: seconds since the `boot` of its machine, which no step of the
    clock moves (since 1970 in leases of earlier versions, which have no `boot`). `token` tells apart the leases of one
    process, which may have been unable to give one back.
    """

    host: str
    process: int
    born: float
    attempt: int
    renewed: float
    released: bool = False
    token: str = ""
    boot: str = ""


_HELD: set[str] = set()  # tokens of the leases that this process holds


class Place(Protocol):
    """Where a lease is kept. What is written there appears whole; errors other than `JobError` mean: not now."""

    def alone(self) -> AbstractContextManager[object]:
        """Hold others off from between reading the lease and writing it, or let `write` refuse them."""

    def exists(self) -> bool:
        """False while the store is being exchanged for another."""

    def read(self) -> Lease | None:
        """The lease, to be written over as it is seen, or None where nothing whole is kept."""

    def look(self) -> Lease | None:
        """The same where no write follows, waited for as long as all else there."""

    def write(self, lease: Lease) -> None:
        """Keep the lease; a `JobError` where another was faster."""


class Held:
    """A lease as its holder has it: the attempt's number, from 1, and whether it is still its own."""

    def __init__(self, place: Place, lease: Lease) -> None:
        self.attempt = lease.attempt
        self.lost = threading.Event()
        self._place = place
        self._lease = lease

    def check(self) -> None:
        """Stop before anything that two jobs must not do at once.

        Raises:
            JobError: another job has taken the lease over.
        """
        with suppress(OSError):
            if not _is_ours(self._place.look(), self._lease):
                self.lost.set()
        if self.lost.is_set():
            raise JobError(
                f"This job did not renew its lease for {EXPIRE_SECONDS:.0f} s, and another one took the store over; "
                "what this one committed is kept."
            )


@contextmanager
def hold(folder: Path, least: int = 1) -> Iterator[Held]:
    """Hold the lease kept in `folder` while the block runs; what killed writers left in the folder goes.

    The attempt has a number above all that the folder saw, and at least this one.

    Raises:
        JobError: another live job holds it. One whose process is gone (on this host), or that has not renewed for
            `EXPIRE_SECONDS` (on another), is not live.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with hold_at(LeaseFile(folder), least) as held:
        sweep(folder)
        yield held


@contextmanager
def hold_at(place: Place, least: int = 1) -> Iterator[Held]:
    """As `hold`, for a lease that is kept anywhere."""
    lease = _take(place, least)
    held = Held(place, lease)
    try:
        with beside(partial(_renew, place, lease, held), "lease"):
            yield held
    finally:
        _HELD.discard(lease.token)
        lease.released = True
        with suppress(*_NOT_NOW, JobError):  # the end of the process frees it too
            if place.exists():
                _keep(place, lease)


class LeaseFile:
    """A lease in a folder, `lease.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def alone(self) -> AbstractContextManager[object]:
        """A lock that the end of the process frees."""
        return filelock.FileLock(self._folder / "lease.lock")

    def exists(self) -> bool:
        """Whether the folder is there."""
        return self._folder.is_dir()

    def read(self) -> Lease | None:
        """The lease, or None where nothing whole is kept."""
        try:
            return msgspec.json.decode((self._folder / "lease.json").read_bytes(), type=Lease)
        except (FileNotFoundError, ValueError):
            return None

    look = read

    def write(self, lease: Lease) -> None:
        """Keep it, whole or not at all."""
        write_whole(self._folder / "lease.json", msgspec.json.encode(lease))


def _take(place: Place, least: int) -> Lease:
    with place.alone():
        held = place.read()
        if held is not None and _is_live(held):
            raise JobError(
                f"Another job is at work on this store (process {held.process} on {held.host}, attempt "
                f"{held.attempt}); wait for it to end, or stop it."
            )
        me = psutil.Process()
        attempt, token = max(least, held.attempt + 1 if held else 1), secrets.token_hex(8)
        lease = Lease(socket.gethostname(), me.pid, _born(me), attempt, time.time(), token=token, boot=_boot())
        place.write(lease)
        _HELD.add(token)
        return lease


def _is_live(lease: Lease) -> bool:
    if lease.released:
        return False
    if lease.host != socket.gethostname() or lease.boot not in ("", _boot()):
        return time.time() - lease.renewed < EXPIRE_SECONDS
    try:
        process = psutil.Process(lease.process)
        if lease.token and process.pid == os.getpid():
            return lease.token in _HELD
        born = _born(process) if lease.boot else process.create_time()
        return abs(born - lease.born) < 1 and bool(process.status() != psutil.STATUS_ZOMBIE)
    except (psutil.Error, ValueError, OverflowError):
        return False


def _born(process: psutil.Process) -> float:
    return process.create_time() - psutil.boot_time()


def _boot() -> str:
    """Tells where a process's number is good: a start of this machine, and in it a container, as far as it is known."""
    try:
        machine = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{machine} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return "unknown"


def _renew(place: Place, lease: Lease, held: Held, stop: threading.Event) -> None:
    while not stop.wait(RENEW_SECONDS):
        with suppress(*_NOT_NOW):
            if not place.exists():
                continue
            with place.alone():
                lease.renewed = time.time()
                try:
                    kept = _keep(place, lease)
                except JobError:
                    kept = False
                if not kept:
                    held.lost.set()
                    return


def _keep(place: Place, lease: Lease) -> bool:
    """Write the lease over that of this process; whether there was no other's.

    An exchange of stores brings the lease of the new one, which may have seen more attempts.
    """
    kept = place.read()
    if not _is_ours(kept, lease):
        return False
    lease.attempt = max(lease.attempt, kept.attempt if kept else 0)
    place.write(lease)
    return True


def _is_ours(kept: Lease | None, lease: Lease) -> bool:
    """Whether the lease that is kept is this process's, or none is."""
    return kept is None or (kept.host, kept.process, kept.born) == (lease.host, lease.process, lease.born)
