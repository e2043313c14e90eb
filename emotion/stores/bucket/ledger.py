"""The small objects of a job: commits, the lease, and work that was begun and not ended."""

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext

import msgspec

from emotion.errors import JobError
from emotion.objects.bucket import Seen, find, in_order, listed, remove, whole, write, write_as_seen
from emotion.stores.bucket.layout import Layout, Snapshot
from emotion.stores.lease import Lease
from emotion.stores.ledger import Commit, Counts, Done, commit_of, done, keys_in_order

_COMMIT = re.compile(r"_job/commits/([0-9-]+)\.json$")


class BucketLedger:
    """One object a part until `finish` takes it in; what is finished stands in the ledger of the snapshot."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def progress(self) -> Done:
        """How far each split is, by file and split."""
        return done((*self.finished(), *self._read(self.pending_keys())))

    def has(self, key: str) -> bool:
        """Whether the part is committed and not yet finished."""
        return find(self._layout.commit(key)) is not None

    def forget(self, file: int) -> None:
        """Take back the parts of a file that are not finished: their commits first, so that no half of one counts."""
        for folder in ("commits", "parts"):
            start = f"{self._layout.job}/{folder}/{file:06d}-"
            remove(
                [entry.address for entry in listed(f"{self._layout.job}/{folder}") if entry.address.startswith(start)]
            )

    def commit(self, entry: Commit) -> None:
        """Make the part count. The same entry again has no effect."""
        write(self._layout.commit(entry.key), msgspec.json.encode(entry))

    def pending_keys(self) -> list[str]:
        """Keys of the parts that are committed and not yet finished."""
        found = listed(f"{self._layout.job}/commits")
        return [match[1] for entry in found if (match := _COMMIT.search(entry.address))]

    def unseen(self, seen: set[str]) -> Iterator[Counts]:
        """Counts of the pending parts whose keys are not in `seen`, which takes them in."""
        fresh = [key for key in self.pending_keys() if key not in seen]
        seen.update(fresh)
        yield from self._read(fresh)

    def finished(self) -> list[Counts]:
        """Counts of finished parts, in manifest order."""
        return self._layout.compacted().commits

    def open_keys(self, names: Iterable[str], snapshot: Snapshot) -> list[str]:
        """Keys of the commits among `names`, from the generation on, that a snapshot does not hold, in manifest order.

        A kill may leave commits of finished parts.
        """
        keys = keys_in_order(match[1] for name in names if (match := _COMMIT.search(name)))
        finished = {commit.key for commit in self._layout.compacted(snapshot).commits} if keys else set()
        return [key for key in keys if key not in finished]

    def _read(self, keys: Iterable[str]) -> Iterator[Counts]:
        for key, found in in_order(lambda key: whole(self._layout.commit(key)), keys):
            yield commit_of(None if found is None else found[0], key, self._layout.commit(key), Counts)


class LeaseObject:
    """The lease of a store as an object that is written over only as it was seen."""

    def __init__(self, layout: Layout) -> None:
        self._place = f"{layout.job}/lease.json"
        self._seen: Seen | None = None

    def alone(self) -> AbstractContextManager[object]:
        """Nothing: the bucket refuses the slower of two writers."""
        return nullcontext()

    def exists(self) -> bool:
        """False once the generation was removed."""
        return find(self._place) is not None

    def read(self) -> Lease | None:
        """The lease as it is now."""
        found = whole(self._place)
        self._seen = None if found is None else found[1]
        return None if found is None else _lease(found[0])

    def look(self) -> Lease | None:
        """The same, with no write to follow."""
        found = whole(self._place)
        return None if found is None else _lease(found[0])

    def write(self, lease: Lease) -> None:
        """Keep it where it is as it was read; a JobError where another job was faster."""
        seen = write_as_seen(self._place, msgspec.json.encode(lease), self._seen)
        if seen is None:
            raise JobError("Another job took this store at the same moment; wait for it to end, or stop it.")
        self._seen = seen


def _lease(kept: bytes) -> Lease | None:
    try:
        return msgspec.json.decode(kept, type=Lease)
    except ValueError:
        return None


class TryObjects:
    """Counts of work that was begun and not ended."""

    def __init__(self, layout: Layout) -> None:
        self._folder = f"{layout.job}/tries"

    def begun(self, key: str) -> int:
        """0 where nothing was written."""
        found = whole(f"{self._folder}/{key}")
        return int(found[0]) if found is not None and found[0].isdigit() else 0

    def begin(self, key: str, times: int) -> None:
        """Note that the work is begun for this time."""
        write(f"{self._folder}/{key}", str(times).encode())

    def end(self, key: str) -> None:
        """The work is done."""
        remove([f"{self._folder}/{key}"])

    def forget(self) -> None:
        """A new attempt of the job begins with none; for who holds the lease."""
        remove(entry.address for entry in listed(self._folder))
