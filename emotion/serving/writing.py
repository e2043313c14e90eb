"""What is sent with `store=true`, to the store: one writer a process, on a thread of its own."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from emotion.errors import StoreError, UsageError
from emotion.serving.api.served import Busy
from emotion.stores.described import Described, check_labels, describe
from emotion.stores.document import with_entities
from emotion.stores.live.records import Labelled
from emotion.stores.opening import open_live
from emotion.stores.protocol import Written
from emotion.text.entities.finders import entity_plan

if TYPE_CHECKING:
    import pyarrow as pa

    from emotion.models.bundle import Bundle
    from emotion.stores.protocol import LiveStore

_AGAIN_SECONDS = 5.0


class LiveWrites:
    """Implements `emotion.serving.api.state.Writes`.

    The store is opened at the first write. A store holds one label set, so from then on a model with other labels is
    refused. `entities` says what finds names in the tweets, as `--entities` does. `waiting` batches are taken at once;
    one that nobody waits for any more before its turn comes is not written.
    """

    def __init__(self, target: str, entities: str | None, waiting: int) -> None:
        self._target = target
        self._room = threading.Semaphore(waiting)
        self._finder = entity_plan(entities).finder() if entities else None
        self._thread = ThreadPoolExecutor(1, "store")
        self._lock = threading.Lock()  # the label set is settled by one thread and changed by another
        self._is_settled = False
        self._described: Described | None = None
        self._store: LiveStore | None = None

    def check(self, bundles: "Sequence[Bundle]") -> None:
        """Take what these bundles label from now on.

        Raises:
            StoreError: they have different labels, or others than what was written before.
        """
        wanted = [described_of(bundle) for bundle in bundles]
        with self._lock:
            known = [self._described, *wanted] if self._is_settled and self._described is not None else wanted
            for one in known[1:]:
                if (one.labels, one.profile_labels) != (known[0].labels, known[0].profile_labels):
                    raise StoreError(
                        f"The store {self._target} holds one label set: a model with {', '.join(one.labels)} cannot "
                        f"write to it beside or after one with {', '.join(known[0].labels)}."
                    )
            self._described = known[0]

    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        """Write, and return what became of it once it is durable; the same key has no further effect.

        Raises:
            Busy: as many batches wait as may.
            StoreError: the store cannot take it now.
        """
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
        try:
            store = self._opened(labelled.documents)
            documents = with_entities(labelled.documents, self._finder)
            return store.write(source, sequence, documents, labelled.tombstones, labelled.dead_letters)
        except UsageError as error:  # what the operator said, not what was asked
            raise StoreError(str(error)) from None

    def _opened(self, documents: "pa.Table") -> "LiveStore":
        """The store, for documents of its labels: what an earlier model answered may come late."""
        given = describe(_names(documents, "scores"), _names(documents, "profile"))
        with self._lock:
            assert self._described is not None
            check_labels(self._described, given, self._target, "send the batch again, to the model that answers now")
            self._is_settled = True
        if self._store is None:
            try:
                self._store = open_live(self._target, self._described)
            except BaseException:
                self._is_settled = False
                raise
        return self._store

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None


def _names(documents: "pa.Table", field: str) -> list[str]:
    kept = documents.schema.field(field).type
    return [each.name for each in kept] if kept.num_fields else []  # without a profile it is a column of nulls


def described_of(bundle: "Bundle") -> Described:
    """What a store says of the model that fills it."""
    labels, profile_labels = bundle.settings.label_sets
    return describe(labels, profile_labels, bundle.rules.model_dump(mode="json"))
