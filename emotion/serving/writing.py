"""What is sent with `store=true`, to the store: one writer a process, on a thread of its own."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from emotion.errors import EmotionError, JobError, StoreError, StoreRefusal, UsageError
from emotion.serving.api.served import Busy, Stuck
from emotion.stores.described import Described, describe, is_of_labels, other_labels
from emotion.stores.document import with_entities
from emotion.stores.elasticsearch.address import is_address
from emotion.stores.live.batch import Labelled
from emotion.stores.opening import describe as describe_store
from emotion.stores.opening import open_live
from emotion.stores.protocol import Written
from emotion.text.entities.finders import entity_plan

if TYPE_CHECKING:
    import pyarrow as pa

    from emotion.models.bundle import Bundle
    from emotion.stores.protocol import LiveStore

LOG = logging.getLogger("emotion.serving")
_AGAIN_SECONDS = 5.0


class LiveWrites:
    """Implements `emotion.serving.api.state.Writes`.

    The store is opened at the first write, and anew at the next one after it failed or was found to be another one. A
    store holds one label set, so a model is refused that has other labels than what the store says that it holds, or
    said when it last answered, or was opened for.
    `entities` says what finds names in the tweets, as `--entities` does. `waiting` batches are taken at once; one that
    nobody waits for any more before its turn comes is not written. While an index is at one for longer than `stuck`
    seconds no other is taken, nor for so long after its server did not answer: another replica may be better off.
    """

    def __init__(
        self,
        target: str,
        entities: str | None,
        waiting: int,
        stuck: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._target, self._stuck, self._clock = target, stuck, clock
        self._room = threading.Semaphore(waiting)
        self._finder = entity_plan(entities).finder() if entities else None
        self._thread = ThreadPoolExecutor(1, "store")
        self._lock = threading.Lock()  # one thread writes, another one exchanges the models
        self._described: Described | None = None  # of the models that answer
        self._known: Described | None = None  # of the store: what it said last, or what it was opened for
        self._store: LiveStore | None = None
        self._is_stale = False  # the store was found to be another one than is open
        self._begun = 0  # writes
        self._since: float | None = None  # when the write that runs began
        self._unreached: float | None = None  # when the server was not reached

    def check(self, bundles: "Sequence[Bundle]") -> None:
        """Take what these bundles label from now on.

        Raises:
            StoreError: they have different labels, or others than the store holds or was opened for.
        """
        wanted = [described_of(bundle) for bundle in bundles]
        self._look()
        with self._lock:
            bound = self._bound() or wanted[0]
            for one in wanted:
                if not is_of_labels(bound, one):
                    raise StoreRefusal(
                        f"The store {self._target} holds one label set: a model with {', '.join(one.labels)} cannot "
                        f"write to it beside or after one with {', '.join(bound.labels)}."
                    )
            self._described = wanted[0]

    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        """Write, and return what became of it once it is durable; the same key has no further effect.

        Raises:
            Busy: as many batches wait as may.
            Stuck: the store has been at one batch for too long, or was out of reach just now.
            StoreError: the store cannot take it now.
            StoreRefusal: nor later.
            NumberTaken: it holds other records under that number.
        """
        if self._is_stuck():
            raise Stuck
        if not self._room.acquire(blocking=False):
            raise Busy(_AGAIN_SECONDS)
        writing = self._thread.submit(self._write, source, sequence, labelled)
        writing.add_done_callback(lambda _: self._room.release())
        return await asyncio.wrap_future(writing)

    async def close(self) -> None:
        """Let go of the store, once what is being written is written."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        with self._timed():
            self._check_given(labelled.documents)
            try:
                store = self._opened()
                documents = with_entities(labelled.documents, self._finder)
                return store.write(source, sequence, replace(labelled, documents=documents))
            except UsageError as error:  # what the operator said, not what was asked
                raise StoreRefusal(str(error)) from None
            except (StoreError, JobError, OSError) as error:
                if is_address(self._target) or not isinstance(error, StoreError):
                    self._drop()  # a directory that is full stays open: to close it is to finish all of it
                raise

    def _is_stuck(self) -> bool:
        if not is_address(self._target):  # no other replica writes to a directory
            return False
        now, since, unreached = self._clock(), self._since, self._unreached
        if since is not None:
            return now - since > self._stuck
        return unreached is not None and now - unreached < self._stuck

    def _bound(self) -> Described | None:
        """What holds the store to its labels: what is known of it, or else the write that begins it now."""
        return self._known or (None if self._since is None else self._described)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        self._begun, self._since = self._begun + 1, self._clock()
        try:
            yield
        finally:
            self._since = None

    def _check_given(self, documents: "pa.Table") -> None:
        """Take no other labels than those of the models that answer; what an earlier one answered may come late."""
        given = describe(_names(documents, "scores"), _names(documents, "profile"))
        with self._lock:
            assert self._described is not None
            if not is_of_labels(self._described, given):
                instead = "send the batch again, to the model that answers now"
                raise StoreError(other_labels(self._described, given, self._target, instead))

    def _opened(self) -> "LiveStore":
        if self._is_stale:
            self._drop()
        if self._store is None:
            assert self._described is not None
            self._reach()
            self._store = open_live(self._target, self._described)
            self._known = self._described
        return self._store

    def _reach(self) -> None:
        """Ask a server that is to be opened: that fails within seconds, where opening is as patient as writing."""
        self._unreached = None
        if not is_address(self._target):
            return
        try:
            self._known = describe_store(self._target)
        except StoreRefusal:
            raise
        except StoreError:
            self._unreached = self._clock()
            raise

    def _drop(self) -> None:
        """Let go of a store that failed: it may have been removed or taken over, which opening finds out."""
        self._is_stale = False
        try:
            self._close()
        except (EmotionError, OSError) as error:
            LOG.warning("the store that failed was not left in order: %s", error)

    def _look(self) -> None:
        """See what the store holds; where it does not tell, what it held before is remembered.

        What is not there is a store that was removed, unless a write makes it just now.
        """
        begun = self._begun
        try:
            said = describe_store(self._target)
        except EmotionError as error:
            LOG.warning("the labels of the store are not known now: %s", error)
            return
        with self._lock:
            if said is None and (self._since is not None or self._begun != begun):
                return
            if self._known is not None and (said is None or not is_of_labels(self._known, said)):
                self._is_stale = True
            self._known = said

    def _close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()


def _names(documents: "pa.Table", field: str) -> list[str]:
    kept = documents.schema.field(field).type
    return [each.name for each in kept] if kept.num_fields else []  # without a profile it is a column of nulls


def described_of(bundle: "Bundle") -> Described:
    """What a store says of the model that fills it."""
    labels, profile_labels = bundle.settings.label_sets
    return describe(labels, profile_labels, bundle.rules.model_dump(mode="json"))
