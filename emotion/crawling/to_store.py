"""A store as the target: records are labelled here, by a model of our own, and written as the API would."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from emotion.crawling.targets import Again, Receipt, Renamed, Unwilling
from emotion.errors import NumberTaken, StoreError, StoreRefusal
from emotion.predictor import Predictor
from emotion.stores.described import describe
from emotion.stores.document import Context, with_entities
from emotion.stores.elasticsearch.address import is_address
from emotion.stores.live.batch import Labelled
from emotion.stores.live.records import read
from emotion.stores.opening import open_live
from emotion.stores.protocol import LiveStore, Written
from emotion.text.entities.finders import entity_plan
from emotion.tweets.selection import Selection


class StoreTarget:
    """Labels records with the bundle at `bundle` and writes them to a store; one writer for a directory.

    `started` is when the crawl began, in microseconds since 1970: what its documents say as `labelled_at`. `entities`
    says what finds names in the tweets, as `--entities` does. An index is opened at once, so that a wrong address is
    told, unless it `is_known`: an earlier run has delivered there, and it is waited for where it is away.
    """

    def __init__(
        self,
        store: str,
        bundle: Path,
        engine: Literal["exact", "fast"],
        languages: frozenset[str] | None,
        started: int,
        entities: str | None = None,
        is_known: bool = False,
    ) -> None:
        self._finder = entity_plan(entities).finder() if entities else None
        self._predictor = Predictor.load(bundle, engine=engine)
        settings = self._predictor.bundle.settings
        labels, profile_labels = settings.label_sets
        rules = settings.rules.model_dump(mode="json")
        described = describe(labels, profile_labels, rules)
        self._open = partial(open_live, store, described)
        self._store: LiveStore | None = None if is_known and is_address(store) else self._open()
        self._engine = engine
        self._selection = Selection(languages)
        self._started = started
        self.name = store

    def send(self, source: str, sequence: int, records: Sequence[bytes]) -> Receipt:
        """Label the records and write them."""
        found = read(records, f"{source}/{sequence}")
        context = Context(source, self._engine, source, self._started)
        labelled = found.labelled(self._predictor(found.texts), context, self._selection)
        try:
            written = self._write(source, sequence, labelled)
        except NumberTaken as error:
            raise Renamed(str(error)) from error
        except StoreError as error:
            if is_address(self.name):  # an index that was removed is made again when it is opened
                self._store = None
            if isinstance(error, StoreRefusal):
                raise Unwilling(error) from error
            raise Again(str(error)) from error
        return Receipt(written.documents, written.dead_letters, labelled.deleted, sum(labelled.skipped.values()))

    def close(self) -> None:
        """Bring the store in order."""
        if self._store is not None:
            self._store.close()

    def _write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        documents = with_entities(labelled.documents, self._finder)
        self._store = self._store or self._open()
        return self._store.write(source, sequence, replace(labelled, documents=documents))
