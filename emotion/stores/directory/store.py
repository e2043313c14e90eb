"""The embedded store: a directory of Parquet files, and its job's ledger under `_job/`."""

import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from emotion.errors import JobError, StoreError, StoreRefusal, UsageError
from emotion.faults import crash_point
from emotion.stores.columns import write_options
from emotion.stores.dead_letters import write_dead_letters
from emotion.stores.described import Described, check_labels, describe, read_described
from emotion.stores.directory import restart
from emotion.stores.directory.batches import Batches
from emotion.stores.directory.tries import TryFiles
from emotion.stores.files import TEMPORARY, room_on_disk, sweep, whole, write_json, write_whole
from emotion.stores.finish import Totals, finish
from emotion.stores.lease import Held, LeaseFile, hold
from emotion.stores.ledger import Commit, Ledger, Tombstones
from emotion.stores.protocol import FIRST, Check, Progress, Turn, Written, silent, unchecked
from emotion.tweets.tweet import DeadLetter


class DirectoryStore:
    """Labelled tweets in a directory. Picklable: it holds paths and nothing open."""

    def __init__(self, root: Path, keep_raw: bool = True) -> None:
        self.root = root
        self.job = root / "_job"
        self.ledger = Ledger(self.job)
        self.tries = TryFiles(self.job)
        self._keep_raw = keep_raw
        self._attempt = 1  # of the lease that was held last: workers get the store with it

    @property
    def name(self) -> str:
        """The directory."""
        return str(self.root)

    @property
    def key_path(self) -> Path:
        """The file for the secret of hashed ids, beside the directory."""
        return self.root.with_name(f"{self.root.name}.key")

    def recover(self) -> None:
        """Go on with an exchange of directories that was cut short."""
        restart.recover(self.root)

    def exists(self) -> bool:
        """Whether something is there already."""
        return self.root.exists()

    def beside(self) -> "DirectoryStore":
        """The directory that grows beside this one until it is complete.

        Raises:
            JobError: this one holds tweets that no archive brings back.
            UsageError: this one cannot be moved away.
        """
        if self.root.is_mount():
            raise UsageError(
                f"The store {self.root} is a mount point, which --restart cannot exchange for another folder: label "
                "into a folder within it."
            )
        if self.holds_live():
            raise JobError(
                f"The store {self.root} holds tweets of live sources, which --restart would lose. Label it anew into "
                f"another one by `emotion label {self.root} --to NEW`."
            )
        return DirectoryStore(restart.beside(self.root), self._keep_raw)

    def exchange(self) -> None:
        """Put the complete directory that grew beside in the place of this one."""
        restart.exchange(self.root)

    def discard(self) -> None:
        """Remove all that is in the directory but its lease, unless nothing of a store is: `hold` refuses that.

        The lease goes on counting, so that late workers of what was here are known.
        """
        if self.job.is_dir():
            with hold(self.job):
                held = {self.job, self.job / "lease.json", self.job / "lease.lock"}
                first = [self.job / "manifest.json", self.ledger.commits]  # nothing goes on with what a kill leaves
                rest = {*self.root.iterdir(), *self.job.iterdir()} - held - {*first}
                for path in (*first, *rest):
                    _remove(path)

    def drop_beside(self) -> None:
        """Remove what a restart that was cut short left beside this store."""
        DirectoryStore(restart.beside(self.root)).discard()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Within it, a full disk, or a machine that does not see the directory, is told as a StoreError."""
        try:
            with room_on_disk(self.root):
                yield
        except FileNotFoundError as error:
            if self.job.exists():
                raise
            raise StoreError(
                f"There is no store {self.root} on {socket.gethostname()}: all machines of a cluster must see it. Put "
                "it on storage that they share, into a bucket or into Elasticsearch."
            ) from error

    def open(
        self, labels: Sequence[str], profile_labels: Sequence[str], rules: Mapping[str, Any] | None = None
    ) -> None:
        """Make the store, or check that this one holds the same labels; `rules` are its cleaning, kept for queries.

        Raises:
            StoreError: the directory is something else, or holds another label set.
        """
        described = self.describe()
        wanted = describe(labels, profile_labels, rules)
        if described is None:
            self._make_room()
            write_json(self.root / "store.json", msgspec.to_builtins(wanted))
        else:
            check_labels(described, wanted, self.name, "choose another directory, or --restart")
        self.ledger.create()

    def describe(self) -> Described | None:
        """What `store.json` says, or None where there is no store."""
        return read_described(self.root)

    def _make_room(self) -> None:
        """Make the directory, unless it holds something else."""
        if self.root.exists() and (not self.root.is_dir() or any(map(_is_foreign, self.root.iterdir()))):
            raise StoreRefusal(f"{self.root} exists and is not a store; give --to a new or empty directory.")
        try:
            self.job.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"The store {self.root} cannot be made: {error.strerror}.") from None

    def holds_live(self) -> bool:
        """Whether live writers have written here."""
        return self.ledger.holds_live()

    def live_place(self, source: str) -> tuple[int, int] | None:
        """The file and split of the next batch of a live source."""
        batches = Batches(self.ledger.compacted_totals().live, self.ledger.pending().values())
        return batches.file(source), next(n for n in count() if not batches.holds(source, n, ""))

    def bury(self, stones: Tombstones) -> None:
        """Nothing: live writers heed all that is committed."""

    def retweets_of(self, tweets: Sequence[str], users: Sequence[str]) -> list[str]:
        """Ids of the retweets, by whomever, of these tweets and of all that the store holds of these users."""
        from emotion.stores.directory.queries import DirectoryQueries

        with DirectoryQueries(self.root) as queries:
            return queries.retweets_of(tweets, users)

    def manifest(self) -> bytes | None:
        """The job's manifest as it was kept, or None."""
        path = self.job / "manifest.json"
        return path.read_bytes() if path.exists() else None

    def keep_manifest(self, manifest: bytes) -> None:
        """Keep the job's manifest, whole or not at all."""
        self.job.mkdir(parents=True, exist_ok=True)
        write_whole(self.job / "manifest.json", manifest)

    @contextmanager
    def hold(self, least: int = 1) -> Iterator[Held]:
        """Hold the lease of the store, or of a directory that may become one, as an attempt of at least this number.

        Raises:
            StoreError: the directory is something else.
            JobError: another job holds it.
        """
        if self.describe() is None:
            self._make_room()
        with hold(self.job, least) as held:
            self._attempt = held.attempt
            yield held

    def sweep(self) -> None:
        """Remove what killed writers left; for who holds the lease."""
        sweep(self.root)
        self.ledger.sweep()

    def starts(self) -> int:
        """Nothing but jobs writes here."""
        return 0

    def write(
        self, key: str, source: str, documents: pa.Table, dead_letters: Sequence[DeadLetter], turn: Turn = FIRST
    ) -> Written:
        """Write a part; the same key with the same content has no further effect. It counts once it is committed.

        Which copy of a tweet stays is decided by `finish`, by the keys.

        Raises:
            JobError: the attempt is over; the part is left as it was.
        """
        parts, check = self.ledger.parts, partial(self._check_attempt, self._attempt, source)
        letters = parts / f"{key}.dead.jsonl"
        check()
        if dead_letters:
            dead = write_dead_letters(letters, source, dead_letters, self._keep_raw, check)
        else:
            dead = 0
            letters.unlink(missing_ok=True)  # an attempt that met a failing disk may have left some
        path = parts / f"{key}.parquet"
        with whole(path, check) as temporary:
            pq.write_table(documents, temporary, **write_options())
            crash_point("part-written")
        return Written(pq.read_metadata(path).num_rows, dead)

    def commit(self, entry: Commit) -> None:
        """Make a written part count, unless its attempt is over.

        Raises:
            JobError: it is: a machine that was given up has come back. What it wrote goes, unless a commit counts that.
        """
        crash_point("before-commit")
        check = partial(self._check_attempt, entry.attempt, entry.source)
        try:
            check()
            self.ledger.commit(entry, check)
        except JobError:
            self._take_back(entry.key)
            raise
        crash_point("after-commit")

    def _check_attempt(self, attempt: int, source: str) -> None:
        """Only workers of who holds the lease may write: another attempt may be one with another model."""
        lease = LeaseFile(self.job).read()
        if lease is not None and (lease.attempt, lease.released) > (attempt, False):  # a lower one is a stale view
            raise JobError(f"The job on {self.root} is over; what this machine did of {source} comes too late.")

    def _take_back(self, key: str) -> None:
        """Remove a part that came late, unless a commit counts it, or a job is at work that may have written it."""
        lease = LeaseFile(self.job).read()
        if lease is not None and lease.released and not self.ledger.has(key):
            for late in (self.ledger.parts / f"{key}{suffix}" for suffix in (".parquet", ".dead.jsonl")):
                late.unlink(missing_ok=True)

    def finish(self, *, workers: int, progress: Progress = silent, check: Check = unchecked) -> Totals:
        """Take all committed parts into the months (see `emotion.stores.finish`)."""
        return finish(self.root, workers=workers, progress=progress, check=check)

    def keep_run(self, run: dict[str, Any]) -> None:
        """Keep the accounts of the store as `run.json`."""
        write_json(self.root / "run.json", run)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_foreign(path: Path) -> bool:
    """Whether no store that is being made would hold it."""
    return path.name != "_job" and not (path.name.startswith(".store.json.") and path.name.endswith(TEMPORARY))
