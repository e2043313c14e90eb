"""The queries of a store in Elasticsearch: the answers of a directory, counted by the server."""

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING, Any, Self, TypeVar

from emotion.errors import StoreError, UsageError
from emotion.stores.answers import (
    NONE,
    Bucket,
    Filter,
    Found,
    Gap,
    Hit,
    Kind,
    Peak,
    Period,
    Rhythm,
    Sample,
    SignificantTerm,
    Summary,
    Term,
)
from emotion.stores.described import Described, is_of_labels
from emotion.stores.elasticsearch.address import Address
from emotion.stores.elasticsearch.connect import connect, connect_in, explained, meet
from emotion.stores.elasticsearch.generations import readable
from emotion.stores.elasticsearch.job import is_unfinished, read_run
from emotion.stores.elasticsearch.mapping import described
from emotion.stores.elasticsearch.queries import counts, terms, tweets, whole
from emotion.stores.elasticsearch.queries.asking import Index, query_of
from emotion.stores.elasticsearch.session import session
from emotion.stores.protocol import EVERY, Haste
from emotion.stores.queries.checks import checked, known_kind, known_period
from emotion.stores.queries.columns import columns as columns_of
from emotion.stores.queries.counts import peaks, with_hashtags, without_holes

if TYPE_CHECKING:
    import pyarrow as pa
    from elasticsearch import Elasticsearch

Answer = TypeVar("Answer")


class ElasticsearchQueries:
    """Answers about the tweets behind an alias, the same as a directory's; reads only, beside running jobs too.

    What is not felt counts as the emotion `none`; with `everything` it counts as the model's best emotion.
    """

    def __init__(
        self, address: Address, everything: bool = False, zone: tzinfo = UTC, haste: Haste | None = None
    ) -> None:
        self.address = address
        self._client = connect(address) if haste is None else connect_in(haste, address)
        asking, given_up = session(address), Event()
        if haste is not None:
            asking, given_up = asking.hasty(haste.seconds, haste.given_up), haste.given_up
            asking.client = self._client
        try:
            meet(self._client, address)
            with explained(address):
                name = readable(asking)
                self.unfinished = name is not None and is_unfinished(self._client, address.alias)
            kept = describe(self._client, address, name)
        except BaseException:
            self._client.close()
            raise
        self.described = kept
        self.labels = tuple(kept.labels)
        self.profile_labels = tuple(kept.profile_labels)
        self.emotions = self.labels if everything else (*self.labels, NONE)
        self._index = Index(
            self._client, address, name or address.alias, everything, kept.rules, zone, given_up=given_up
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._client.close()

    @property
    def name(self) -> str:
        """The store as a user names it, without secrets."""
        return str(self.address)

    def give_up(self) -> None:
        """End what is asked, before its next search; for another thread."""
        self._index.given_up.set()

    def checked(self, filter: Filter) -> Filter:
        """The filter as the store spells it; a UsageError where it asks for what no tweet can hold."""
        return checked(filter, self.emotions, self.address, lambda: self._index.rules)

    def summary(self, filter: Filter = EVERY) -> Summary:
        """How many tweets there are, of which emotions, languages and time, and the days that stand out."""
        asked = self.checked(filter)

        def ask(index: Index) -> Summary:
            peaks = self._peaks(index, asked)
            return counts.summary(index, asked, self.emotions, self.profile_labels, peaks, self.unfinished)

        return self._answer(ask)

    def timeline(self, by: Period = "day", filter: Filter = EVERY) -> list[Bucket]:
        """Tweets of each emotion by period, without holes."""
        asked = self.checked(filter)
        periods = self._answer(lambda index: counts.periods(index, asked, known_period(by)))
        return without_holes(periods, by, self.emotions, self._index.zone)

    def peaks(self, filter: Filter = EVERY) -> list[Peak]:
        """The day on which each emotion stood out most, if it did, with the hashtag most used in it then."""
        asked = self.checked(filter)
        return self._answer(lambda index: self._peaks(index, asked))

    def rhythm(self, filter: Filter = EVERY) -> Rhythm:
        """Tweets of each emotion by weekday and hour."""
        asked = self.checked(filter)
        return self._answer(lambda index: counts.rhythm(index, asked))

    def gaps(self, filter: Filter = EVERY) -> list[Gap]:
        """Never an answer: it needs each author's tweets in order, which only a directory has.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            "The time between an author's tweets is told by a directory alone; label the archive into one "
            f"(--to DIRECTORY), or export {self.address} and ask the file."
        )

    def top(self, kind: Kind, filter: Filter = EVERY, limit: int = 20) -> list[Term]:
        """The terms in most tweets."""
        asked = known_kind(kind), self.checked(filter), self.emotions, limit
        return self._answer(lambda index: terms.top(index, *asked))

    def top_by_emotion(self, kind: Kind, filter: Filter = EVERY, limit: int = 10) -> dict[str, list[Term]]:
        """For each emotion the terms in most of its tweets."""
        asked = known_kind(kind), self.checked(filter), self.emotions, limit
        return self._answer(lambda index: terms.top_by_emotion(index, *asked))

    def significant(self, kind: Kind, filter: Filter = EVERY, limit: int = 10) -> dict[str, list[SignificantTerm]]:
        """For each emotion the terms that mark it most."""
        asked = known_kind(kind), self.checked(filter), self.emotions, limit
        return self._answer(lambda index: terms.significant(index, *asked))

    def search(self, query: str = "", filter: Filter = EVERY, limit: int = 20) -> Found:
        """Tweets that hold all words of the query, newest first."""
        asked = self.checked(filter.about(query)), limit, self.unfinished
        return self._answer(lambda index: tweets.search(index, *asked))

    def relevant(self, query: str, filter: Filter = EVERY, limit: int = 20) -> Found:
        """Tweets that hold any of the words, the best by the server's measure first, with the server's highlights."""
        asked = query, self.checked(filter), limit, self.unfinished
        return self._answer(lambda index: tweets.relevant(index, *asked))

    def examples(self, filter: Filter = EVERY, limit: int = 3) -> dict[str, list[Hit]]:
        """The strongest tweets of each emotion."""
        asked = self.checked(filter), self.emotions, limit
        return self._answer(lambda index: tweets.examples(index, *asked))

    def documents(
        self, filter: Filter = EVERY, columns: Sequence[str] | None = None, sample: Sample | None = None
    ) -> "pa.RecordBatchReader":
        """Whole documents, or these columns and `counted` of them, in batches, as they are at this moment."""
        asked, wanted = self.checked(filter), columns_of(self.labels, self.profile_labels, columns)
        query = self._answer(lambda index: query_of(index, asked))
        return whole.documents(self._index, query, wanted, sample)

    @cached_property
    def run(self) -> dict[str, Any] | None:
        """The accounts of the jobs so far, or None before a job has come to its end."""
        with explained(self.address):
            return read_run(self._client, self.address.alias)

    def _answer(self, ask: Callable[[Index], Answer]) -> Answer:
        """What the documents of one moment say; asked once more where a new labelling took their place meanwhile."""
        from elasticsearch import NotFoundError

        with explained(self.address):
            try:
                with self._index.still() as index:
                    return ask(index)
            except NotFoundError:
                with self._index.still() as index:
                    return ask(index)

    def _peaks(self, index: Index, filter: Filter) -> list[Peak]:
        found = peaks(counts.periods(index, filter, "day"), self.labels, index.zone)
        return with_hashtags(found, filter, lambda those: terms.top(index, "hashtags", those, self.emotions, 1))


def describe(client: "Elasticsearch", address: Address, name: str | None) -> Described:
    """What the indices of a store say of it; `name` is what is read, None where there is nothing.

    Raises:
        UsageError: there is no such alias or index, or it is of something else.
        StoreError: they hold different label sets.
    """
    from elasticsearch import NotFoundError

    advice = f"Make one with `emotion label ARCHIVE --to {address}`."
    with explained(address):
        try:
            answer = dict(client.indices.get_mapping(index=name)) if name else {}
        except NotFoundError:
            answer = {}
    if not answer:
        raise UsageError(f"There is no store at {address}: the server has no {address.alias}. {advice}")
    said = {name: described(each["mappings"]) for name, each in answer.items()}
    if strange := sorted(name for name, each in said.items() if each is None):
        raise UsageError(f"{address} is not a store: {', '.join(strange)} was not made by this program. {advice}")
    first, *others = [each for each in said.values() if each is not None]
    if not all(is_of_labels(first, each) for each in others):
        raise StoreError(f"The indices behind {address} hold different labels: {', '.join(sorted(said))}.")
    return next((each for each in (first, *others) if each.rules), first)
