"""What is sent with `store=true`, to the store: one writer a process, on a thread of its own."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from emotion.errors import StoreError
from emotion.serving.records import Labelled
from emotion.stores.document import with_entities
from emotion.stores.opening import open_live
from emotion.stores.records import VERSION, Described
from emotion.text.entities.finders import entity_plan

if TYPE_CHECKING:
    from emotion.models.bundle import Bundle
    from emotion.stores.protocol import LiveStore


class LiveWrites:
    """Implements `emotion.serving.api.state.Writes`.

    The store is opened at the first write. A store holds one label set, so from then on a model with other labels is
    refused. `entities` says what finds names in the tweets, as `--entities` does.
    """

    def __init__(self, target: str, entities: str | None = None) -> None:
        self._target = target
        self._finder = entity_plan(entities).finder() if entities else None
        self._thread = ThreadPoolExecutor(1, "store")
        self._described: Described | None = None
        self._store: LiveStore | None = None

    def check(self, bundles: "Sequence[Bundle]") -> None:
        """Take what these bundles label from now on.

        Raises:
            StoreError: they have different labels, or others than what was written before.
        """
        wanted = [described_of(bundle) for bundle in bundles]
        known = wanted if self._store is None or self._described is None else [self._described, *wanted]
        for one in known[1:]:
            if (one.labels, one.profile_labels) != (known[0].labels, known[0].profile_labels):
                raise StoreError(
                    f"The store {self._target} holds one label set: a model with {', '.join(one.labels)} cannot write "
                    f"to it beside or after one with {', '.join(known[0].labels)}."
                )
        self._described = known[0]

    async def write(self, source: str, sequence: int, labelled: Labelled) -> int:
        """Write, and return how many documents that were once they are durable; the same key has no further effect."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, source, sequence, labelled)

    async def close(self) -> None:
        """Let go of the store, once what is being written is written."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _write(self, source: str, sequence: int, labelled: Labelled) -> int:
        if self._store is None:
            assert self._described is not None
            self._store = open_live(self._target, self._described)
        documents = with_entities(labelled.documents, self._finder)
        written = self._store.write(source, sequence, documents, labelled.tombstones, labelled.dead_letters)
        return written.documents

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None


def described_of(bundle: "Bundle") -> Described:
    """What a store says of the model that fills it."""
    labels, profile_labels = bundle.settings.label_sets
    return Described(VERSION, list(labels), list(profile_labels), bundle.rules.model_dump(mode="json"))
