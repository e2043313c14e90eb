"""What all questions to an index are made of: filters as the server reads them, and aggregations read to their end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

from emotion.errors import StoreError
from emotion.stores.answers import Filter
from emotion.stores.elasticsearch.address import Address
from emotion.stores.queries.checks import rules_of
from emotion.stores.queries.words import Asked, asked, head

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from emotion.text.rules import Rules

_PAGE = 5000  # buckets of one answer; with those below them they stay under the server's 65,536
_ALIVE = "5m"  # how long the server keeps a moment between two searches
_CALLED = "mentions.folded"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Query = dict[str, Any]


@dataclass(slots=True)
class Index:
    """The documents behind `name`, an alias or an index; `counted` is the field of the emotion that counts.

    It is searched as it is at one moment, within `still`.
    """

    client: "Elasticsearch"
    address: Address
    name: str
    everything: bool
    kept_rules: Mapping[str, Any] | None = None
    zone: tzinfo = UTC
    pit: str | None = None
    given_up: Event = field(default_factory=Event)
    meant: dict[str, Asked] = field(default_factory=dict)  # what queries ask for, in the words of this moment

    @property
    def counted(self) -> str:
        """What is not felt is `none` there, unless everything counts."""
        return "emotion" if self.everything else "counted.emotion"

    @property
    def rules(self) -> "Rules":
        """The cleaning that the documents went through."""
        return rules_of(self.kept_rules, self.address)

    def asked(self, query: str | None) -> Asked:
        """What a query asks for, in the words of these documents."""
        if not query:
            return {}
        if query not in self.meant:
            self.meant[query] = asked(query, self.rules, self._known)
        return self.meant[query]

    @contextmanager
    def still(self) -> Iterator["Index"]:
        """The documents as they are now, however many searches follow."""
        opened = self.client.open_point_in_time(index=self.name, keep_alive=_ALIVE)
        index = replace(self, pit=opened["id"], meant={})
        try:
            yield index
        finally:
            self.client.options(ignore_status=404).close_point_in_time(id=index.pit)

    def search(self, query: Query, **more: Any) -> dict[str, Any]:
        """One answer of `_search`, of all shards or none."""
        if self.given_up.is_set():
            raise StoreError(f"The store {self.address} was asked for too long.")
        answer = self.client.search(
            pit={"id": self.pit, "keep_alive": _ALIVE}, query=query, allow_partial_search_results=False, **more
        )
        self.pit = answer["pit_id"]
        return dict(answer)

    def aggregate(self, query: Query, **aggregations: Any) -> dict[str, Any]:
        """The aggregations of the documents that match."""
        return dict(self.search(query, size=0, aggregations=aggregations)["aggregations"])

    def every(self, query: Query, sources: Mapping[str, Any], **below: Any) -> Iterator[dict[str, Any]]:
        """Every combination of values in order, however many: buckets with `key`, `doc_count` and what is below."""
        composite: dict[str, Any] = {"size": _PAGE, "sources": [{name: source} for name, source in sources.items()]}
        while True:
            every: dict[str, Any] = (
                {"composite": composite, "aggregations": below} if below else {"composite": composite}
            )
            answer = self.aggregate(query, every=every)["every"]
            yield from answer["buckets"]
            if "after_key" not in answer:
                return
            composite["after"] = answer["after_key"]

    def _known(self, forms: Sequence[str]) -> list[str]:
        """Which of the words any tweet holds."""
        holds = {"terms": {"field": "words", "include": list(forms), "size": len(forms)}}
        answer = self.aggregate({"terms": {"words": list(forms)}}, known=holds)
        return [bucket["key"] for bucket in answer["known"]["buckets"]]


def query_of(index: Index, filter: Filter) -> Query:
    """The documents that a filter lets through."""
    tests = [*_tests(filter, index.counted)]
    tests += [test for name, values in index.asked(filter.query).items() for test in map(_HOLDS[name], values)]
    return {"bool": {"filter": tests}} if tests else {"match_all": {}}


def narrowed(query: Query, *tests: Query) -> Query:
    """The documents of a query that pass further tests."""
    return {"bool": {"filter": [query, *tests]}}


def term(field: str, value: Any) -> Query:
    """Documents that hold the value in a field."""
    return {"term": {field: {"value": value}}}


def exists(field: str) -> Query:
    """Documents that hold any value in a field."""
    return {"exists": {"field": field}}


def micros(time: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def moment(micros: int | None) -> datetime | None:
    """The time of `counted.moment`, UTC."""
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def _begins_with(name: str) -> Query:
    longer = [{"prefix": {_CALLED: {"value": name + mark}}} for mark in ".-"]
    return {"bool": {"should": [term(_CALLED, name), *longer]}}


_HOLDS: dict[str, Callable[[str], Query]] = {
    "words": partial(term, "words"),
    "tags": partial(term, "hashtags.folded"),
    "names": _begins_with,
    "handles": lambda name: {"terms": {_CALLED: [name, head(name)]}},
}


def _tests(filter: Filter, counted: str) -> Iterator[Query]:
    if filter.emotion is not None:
        yield term(counted, filter.emotion)
    limits = {"gte": filter.since, "lt": filter.until}
    asked = {limit: micros(time) for limit, time in limits.items() if time is not None}
    if asked:
        yield {"range": {"counted.moment": asked}}
    if filter.hashtag is not None:
        yield term("hashtags.folded", filter.hashtag.lstrip("#@"))
    if filter.user is not None:
        user = filter.user.lstrip("#@")
        yield {"bool": {"should": [term("user_name.folded", user), term("user_id", user)]}}
    if filter.lang is not None:
        yield term("lang.folded", filter.lang)
    if filter.felt is not None:
        yield term("felt", filter.felt)
