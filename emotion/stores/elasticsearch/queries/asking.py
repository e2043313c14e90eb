"""What all questions to an index are made of: filters as the server reads them, and aggregations read to their end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from emotion.stores.answers import Filter
from emotion.stores.elasticsearch.address import Address
from emotion.stores.elasticsearch.connect import explained

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

_PAGE = 5000  # buckets of one answer; with those below them they stay under the server's 65,536
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Query = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Index:
    """The documents behind `name`, an alias or an index; `counted` is the field of the emotion that counts."""

    client: "Elasticsearch"
    address: Address
    name: str
    everything: bool

    @property
    def counted(self) -> str:
        """What is not felt is `none` there, unless everything counts."""
        return "emotion" if self.everything else "counted.emotion"

    def search(self, query: Query, **more: Any) -> dict[str, Any]:
        """One answer of `_search`, of all shards or none."""
        with explained(self.address):
            return dict(self.client.search(index=self.name, query=query, allow_partial_search_results=False, **more))

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


def query_of(filter: Filter, counted: str) -> Query:
    """The documents that a filter lets through."""
    tests = [test for test in _tests(filter, counted) if test]
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


def _tests(filter: Filter, counted: str) -> Iterator[Query | None]:
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
