"""One live writer of a directory: a batch is durable when `write` returns, and the months are put in order beside."""

import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from emotion.errors import EmotionError, JobError, StoreError
from emotion.faults import crash_point
from emotion.stores.described import Described, read_run
from emotion.stores.directory.batches import Batches
from emotion.stores.directory.pace import Pace
from emotion.stores.directory.store import DirectoryStore
from emotion.stores.files import room_on_disk
from emotion.stores.finish import Layout, finish
from emotion.stores.finish.accounts import summed
from emotion.stores.finish.journal import clear, roll_forward
from emotion.stores.finish.live import not_yet
from emotion.stores.ledger import LIVE_FILES, Commit, part_key
from emotion.stores.live.batch import Labelled
from emotion.stores.live.privacy import check_open
from emotion.stores.protocol import Written
from emotion.threads import beside

_LOOK_SECONDS = 5.0


class DirectoryLive:
    """Writes batches into a directory store, as the only one: jobs and other live writers are held off by its lease.

    A batch is known by its source and number; the same again has no effect. Batches are compacted into the months
    beside the writing, and when it is closed, after which the store holds each id once. May be used by several threads.
    """

    def __init__(self, root: Path, described: Described, keep_raw: bool = True, pace: Pace | None = None) -> None:
        """Hold the store, or make it.

        Raises:
            StoreError: another writer holds it, its labels differ, or a job on it has not come to its end.
        """
        self.root = root
        self._store = DirectoryStore(root, keep_raw)
        self._store.recover()
        self._layout = Layout(root)
        self._pace = pace or Pace()
        self._lock = threading.Lock()
        self._compaction: threading.Thread | None = None
        self._error: EmotionError | None = None
        self._closed = False
        self._open = ExitStack()
        try:
            self._held = self._open.enter_context(self._store.hold())
            self._store.open(described.labels, described.profile_labels, described.rules)
            self._batches = self._recover()
            self._open.enter_context(beside(self._keep_order, "order"))
        except JobError as error:
            self._open.close()
            raise StoreError(
                f"A directory has one writer. {error} Several at once can write to Elasticsearch."
            ) from None
        except BaseException:
            self._open.close()
            raise

    def write(self, source: str, sequence: int, batch: Labelled) -> Written:
        """Write a batch; returns once it outlives a power loss.

        Raises:
            NumberTaken: the store holds other records under that number.
            StoreError: the disk is full.
            JobError: the lease was lost, or compacting failed.
        """
        with self._lock, room_on_disk(self.root):
            self._check()
            if self._closed:
                raise JobError(f"The live writer of {self.root} is closed; nothing was written.")
            if not self._batches.holds(source, sequence, batch.digest):
                self._commit(source, sequence, batch)
            self._compact_if_due()
        return Written(batch.documents.num_rows, len(batch.dead_letters))

    def close(self) -> None:
        """Put everything in order and let go of the store. Again, it has no effect.

        Raises:
            JobError: what was written cannot be finished; it is kept, and the next writer or job finishes it.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            try:
                if self._compaction is not None:
                    self._compaction.join()
                self._held.check()  # what failed before may go now
                self._finish(meanwhile=False)
            finally:
                self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _recover(self) -> Batches:
        """What earlier writers left, once a finish that was cut short has come to its end."""
        check_open(self._store.name, self._store.manifest())
        self._store.sweep()
        roll_forward(self._layout)
        clear(self._layout)
        before = self._store.ledger.compacted_totals()
        pending = not_yet(before, list(self._store.ledger.pending().values()))
        unfinished = next((commit for commit in pending if commit.file < LIVE_FILES), None)
        if unfinished is not None:
            raise StoreError(
                f"A job on the store {self.root} was cut short ({unfinished.source}): say the same `emotion label` "
                "again first, so that it comes to its end."
            )
        for commit in pending:
            self._pace.wrote(commit.labelled)
        return Batches(before.live, pending)

    def _check(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error
        self._held.check()

    def _commit(self, source: str, sequence: int, batch: Labelled) -> None:
        file = self._batches.file(source)
        key = part_key(file, sequence, 0)
        crash_point("live-begin")
        written = self._store.write(key, source, batch.documents, batch.dead_letters)
        self._store.commit(
            Commit(
                key=key,
                source=source,
                file=file,
                split=sequence,
                part=0,
                last=True,
                read=batch.read,
                labelled=written.documents,
                dead_letters=written.dead_letters,
                deleted=batch.deleted,
                skipped=batch.skipped,
                attempt=self._held.attempt,
                digest=batch.digest,
                tombstones=batch.tombstones,
            )
        )
        self._batches.add(source, sequence, batch.digest)
        self._pace.wrote(written.documents)

    def _keep_order(self, stop: threading.Event) -> None:
        """Compact in time although nothing more is written; whoever writes sees to it as well."""
        while not stop.wait(min(_LOOK_SECONDS, self._pace.seconds)):
            if self._lock.acquire(blocking=False):
                try:
                    self._compact_if_due()
                finally:
                    self._lock.release()

    def _compact_if_due(self) -> None:
        """Start compacting beside the writing; where that falls far behind, wait for it."""
        running = self._compaction is not None and self._compaction.is_alive()
        if running and self._pace.is_far_behind:
            assert self._compaction is not None
            self._compaction.join()
        elif not running and self._pace.is_due:
            self._pace.began()
            self._compaction = threading.Thread(target=self._compact, name="compaction", daemon=True)
            self._compaction.start()

    def _compact(self) -> None:
        began = time.monotonic()
        try:
            self._finish(meanwhile=True)
            self._error = None
        except EmotionError as error:
            self._error = error
            self._pace.wrote(0)  # so that it is tried again although nothing more is written
        finally:
            self._pace.ended(time.monotonic() - began)

    def _finish(self, meanwhile: bool) -> None:
        totals = finish(self.root, check=self._held.check, meanwhile=meanwhile)
        before = read_run(self.root) or {}
        accounts = summed(self._store.ledger.compacted_totals())
        self._store.keep_run({**before, **accounts, "documents": totals.documents})
