"""The store on object storage, as a job writes it: each part one object, each commit another, put by whoever made it.

The driver finishes: it takes parts and finished files to its own disk, makes of them what a directory store is made
of, puts what is new beside what is there, and lets readers see all of it at once by one object that names the rest.
"""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from emotion.errors import JobError, StoreError
from emotion.faults import crash_point
from emotion.objects.bucket import Entry, Seen, in_order, listed, remove, whole, write
from emotion.stores.bucket import restart
from emotion.stores.bucket.layout import Kept, Layout, Snapshot, key_of
from emotion.stores.bucket.ledger import BucketLedger, LeaseObject, TryObjects
from emotion.stores.bucket.mirror import Mirror, files_of
from emotion.stores.columns import write_options
from emotion.stores.dead_letters import entry as letter_entry
from emotion.stores.described import Described, check_labels, describe
from emotion.stores.files import readable
from emotion.stores.finish import Totals, finish
from emotion.stores.finish.accounts import totals_of
from emotion.stores.keys import key_path
from emotion.stores.lease import hold_at
from emotion.stores.ledger import Commit, Ledger, Tombstones
from emotion.stores.protocol import FIRST, Check, Held, Progress, Turn, Written, silent, unchecked
from emotion.tweets.tweet import DeadLetter

_FETCHED, _MADE = 0.2, 0.8  # of the time of a finish, for its progress
_LOOK = 1000  # objects of a place that is no store yet
_OURS = re.compile(r"current|v\d{6}/.+")


class BucketStore:
    """Labelled tweets below an address of object storage. Picklable: it holds an address and nothing open."""

    def __init__(self, address: str, keep_raw: bool = True, generation: int = 1) -> None:
        self._keep_raw = keep_raw
        self._beside: BucketStore | None = None
        self.layout = Layout(address, generation)

    @property
    def name(self) -> str:
        """The address."""
        return self.layout.address

    @property
    def key_path(self) -> Path:
        """The file for the secret of hashed ids, on this machine."""
        return key_path(self.name)

    @property
    def ledger(self) -> BucketLedger:
        """Which parts are committed."""
        return BucketLedger(self.layout)

    @property
    def tries(self) -> TryObjects:
        """Work that was begun and not ended."""
        return TryObjects(self.layout)

    def recover(self) -> None:
        """Find the current generation, and remove what kills and late workers left of those that were given up."""
        self.layout = Layout(self.name, restart.recover(self.name))

    def exists(self) -> bool:
        """Whether something is there already."""
        return next(listed(self.name), None) is not None

    def beside(self) -> "BucketStore":
        """The generation that grows beside this one until it is complete."""
        self._beside = BucketStore(self.name, self._keep_raw, restart.generations(self.name).beside)
        return self._beside

    def exchange(self) -> None:
        """Let readers see the complete generation that grew beside, and remove this one.

        Raises:
            JobError: another job took the store over.
        """
        assert self._beside is not None
        restart.exchange(self.layout, self._beside.layout)

    def discard(self) -> None:
        """Remove the generation that grew beside, and go on with the next number.

        Raises:
            JobError: another job took the store over.
        """
        self.layout = restart.give_up(self.layout)

    def drop_beside(self) -> None:
        """Remove what a restart that was cut short left beside this generation."""
        self.beside().discard()

    def explained(self) -> AbstractContextManager[None]:
        """Nothing: what the bucket refuses is told by each request."""
        return nullcontext()

    @contextmanager
    def hold(self, least: int = 1) -> Iterator[Held]:
        """Hold the lease of this generation, as an attempt of at least this number.

        Raises:
            StoreError: there is something else.
            JobError: another job holds it, or has given the generation up since this one looked.
        """
        if self.describe() is None:
            self._check_room()
        with hold_at(LeaseObject(self.layout), least) as held:
            kept = restart.generations(self.name)
            if self.layout.generation not in (kept.generation, kept.beside):
                raise JobError(f"Another job exchanged the store {self.name} at this moment; say the same again.")
            yield held

    def open(
        self, labels: Sequence[str], profile_labels: Sequence[str], rules: Mapping[str, Any] | None = None
    ) -> None:
        """Make the store, or check that this one holds the same labels; `rules` are its cleaning, kept for queries.

        Raises:
            StoreError: it holds another label set.
        """
        described = self.describe()
        wanted = describe(labels, profile_labels, rules)
        if described is None:
            write(f"{self.layout.root}/store.json", readable(msgspec.to_builtins(wanted)))
        else:
            check_labels(described, wanted, self.name, "choose another folder, or --restart")

    def describe(self) -> Described | None:
        """What `store.json` says, or None where there is no store."""
        return self.layout.describe()

    def holds_live(self) -> bool:
        """No: a live writer needs a directory or a server."""
        return False

    def live_place(self, source: str) -> tuple[int, int] | None:
        """Nothing live is written here."""

    def bury(self, stones: Tombstones) -> None:
        """Nothing: there are no live writers."""

    def retweets_of(self, tweets: Sequence[str], users: Sequence[str]) -> list[str]:
        """Ids of the retweets, by whomever, of these tweets and of all that the store holds of these users."""
        from emotion.stores.bucket.queries import BucketQueries

        with BucketQueries(self.name) as queries:
            return queries.retweets_of(tweets, users)

    def manifest(self) -> bytes | None:
        """The job's manifest as it was kept, or None."""
        found = whole(f"{self.layout.job}/manifest.json")
        return None if found is None else found[0]

    def keep_manifest(self, manifest: bytes) -> None:
        """Keep the job's manifest, whole or not at all."""
        write(f"{self.layout.job}/manifest.json", manifest)

    def keep_run(self, run: dict[str, Any]) -> None:
        """Keep the accounts of the store as `run.json`."""
        write(f"{self.layout.root}/run.json", readable(run))

    def sweep(self) -> None:
        """Remove what killed writers left: parts that are finished, and files that no reader was shown.

        First what is shown is marked anew, so that a job that lost its lease can show nothing of its own any more.

        Raises:
            JobError: another job was faster.
        """
        snapshot, seen = self.layout.snapshot()
        over = self.layout.over(snapshot, {commit.key for commit in self.layout.compacted(snapshot).commits})
        self._publish(Snapshot(snapshot.files, _token()), seen)
        remove(over)

    def starts(self) -> int:
        """Nothing but jobs writes here."""
        return 0

    def write(
        self, key: str, source: str, documents: pa.Table, dead_letters: Sequence[DeadLetter], turn: Turn = FIRST
    ) -> Written:
        """Put a part; the same key with the same content has no further effect. It counts once it is committed.

        All attempts on a generation label with one model, so it does not matter which one puts it.
        """
        letters = b"".join(
            orjson.dumps(letter_entry(source, letter, self._keep_raw), option=orjson.OPT_APPEND_NEWLINE)
            for letter in dead_letters
        )
        if letters:
            write(self.layout.letters(key), letters)
        else:
            remove([self.layout.letters(key)])  # an attempt that could not read its archive may have left some
        sink = pa.BufferOutputStream()
        pq.write_table(documents, sink, **write_options())
        content = sink.getvalue()
        crash_point("part-written")
        write(self.layout.part(key), content.to_pybytes())
        return Written(pq.read_metadata(pa.BufferReader(content)).num_rows, letters.count(b"\n"))

    def commit(self, entry: Commit) -> None:
        """Make a written part count."""
        crash_point("before-commit")
        self.ledger.commit(entry)
        crash_point("after-commit")

    def finish(self, *, workers: int, progress: Progress = silent, check: Check = unchecked) -> Totals:
        """Take all committed parts into the months; this machine's disk must hold the finished store and the parts.

        Raises:
            JobError: a part, a row or a dead letter is missing, the totals do not balance, or another job took over.
            StorageError: the bucket refuses, or does not answer.
            StoreError: the disk is full, or an object of the ledger is damaged.
        """
        before, seen = self.layout.snapshot()
        pending = self._pending(before)
        if pending:
            mirror = Mirror(self.name)
            files = {name: self.layout.entry(kept) for name, kept in before.files.items()}
            with mirror.folder(files | pending) as root:
                progress(_FETCHED)
                made = self._finish_in(root, workers, lambda s: progress(_FETCHED + s * (_MADE - _FETCHED)), check)
                after = Snapshot(self._put_new(files_of(root, made), root, before, mirror), _token())
            crash_point("bucket-put")
            over = self.layout.over(after, {key for name in pending if (key := key_of(name))})
            check()
            self._publish(after, seen)
            crash_point("bucket-shown")
            remove(over)
        progress(1.0)
        return totals_of(self.layout.compacted())

    def _pending(self, before: Snapshot) -> dict[str, Entry]:
        """The objects of commits that are not finished and of their parts, by their names in a directory store."""
        start = len(self.layout.root) + 1
        there = {entry.address[start:]: entry for entry in listed(self.layout.job)}
        names = (f"_job/{kind}" for key in self.ledger.open_keys(there, before) for kind in _kinds(key))
        return {name: there[name] for name in names if name in there}

    def _finish_in(self, root: Path, workers: int, progress: Progress, check: Check) -> Totals:
        """Finish the directory store that stands for this one; what it says of itself is said of the address."""
        Ledger(root / "_job").create()
        try:
            return finish(root, workers=workers, progress=progress, check=check)
        except (JobError, StoreError) as error:
            raise type(error)(str(error).replace(str(root), self.layout.root)) from error

    def _put_new(self, names: Sequence[str], root: Path, before: Snapshot, mirror: Mirror) -> dict[str, Kept]:
        """Put the files that the finish made beside those that are there; all files of the finished store."""
        token = _token()

        def put(name: str) -> Kept:
            kept, path = before.files.get(name), root / name
            if kept is not None and mirror.holds(path, self.layout.entry(kept)):
                return kept
            plain, _, kind = name.rpartition(".")
            key = f"{plain}.{token}.{kind}"
            entry = write(f"{self.layout.root}/{key}", path)
            mirror.adopt(path, entry)
            return Kept(key, entry.size, entry.version)

        return dict(in_order(put, names))

    def _publish(self, snapshot: Snapshot, seen: Seen | None) -> None:
        if not self.layout.publish(snapshot, seen):
            raise JobError("Another job took this store over; what this one committed is kept.")

    def _check_room(self) -> None:
        start = len(self.name) + 1
        if any(not _OURS.fullmatch(entry.address[start:]) for entry in islice(listed(self.name), _LOOK)):
            raise StoreError(f"{self.name} holds other objects and is not a store; give --to a new or empty folder.")


def _kinds(key: str) -> tuple[str, str, str]:
    return f"commits/{key}.json", f"parts/{key}.parquet", f"parts/{key}.dead.jsonl"


def _token() -> str:
    return secrets.token_hex(4)
