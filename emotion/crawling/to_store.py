"""A store as the target: records are labelled here, by a model of our own, and written as the API would."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from emotion.crawling.targets import Again, Receipt
from emotion.errors import StoreError
from emotion.predictor import Predictor
from emotion.stores.described import describe
from emotion.stores.document import Context, with_entities
from emotion.stores.live.records import read
from emotion.stores.opening import open_live
from emotion.text.entities.finders import entity_plan
from emotion.tweets.selection import Selection


class StoreTarget:
    """Labels records with the bundle at `bundle` and writes them to a store; one writer for a directory.

    `started` is when the crawl began, in microseconds since 1970: what its documents say as `labelled_at`. `entities`
    says what finds names in the tweets, as `--entities` does.
    """

    def __init__(
        self,
        store: str,
        bundle: Path,
        engine: Literal["exact", "fast"],
        languages: frozenset[str] | None,
        started: int,
        entities: str | None = None,
    ) -> None:
        self._finder = entity_plan(entities).finder() if entities else None
        self._predictor = Predictor.load(bundle, engine=engine)
        settings = self._predictor.bundle.settings
        labels, profile_labels = settings.label_sets
        rules = settings.rules.model_dump(mode="json")
        described = describe(labels, profile_labels, rules)
        self._store = open_live(store, described)
        self._engine = engine
        self._selection = Selection(languages)
        self._started = started
        self.name = store

    def send(self, source: str, sequence: int, records: Sequence[bytes]) -> Receipt:
        """Label the records and write them."""
        found = read(records, f"{source}/{sequence}")
        context = Context(source, self._engine, source, self._started)
        labelled = found.labelled(self._predictor(found.texts), context, self._selection)
        documents = with_entities(labelled.documents, self._finder)
        try:
            written = self._store.write(source, sequence, documents, labelled.tombstones, labelled.dead_letters)
        except StoreError as error:
            raise Again(str(error)) from error
        return Receipt(written.documents, written.dead_letters, labelled.deleted, sum(labelled.skipped.values()))

    def close(self) -> None:
        """Bring the store in order."""
        self._store.close()
