"""Counts of tweets in an index: the summary, over time, over the week."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from emotion.stores.answers import Filter, Peak, Period, Rhythm, Summary
from emotion.stores.elasticsearch.queries.asking import Index, Query, exists, moment, query_of, term
from emotion.stores.queries.counts import filled, rhythm_of

_UNKNOWN = "unknown"  # language of a tweet that has none


def summary(
    index: Index,
    filter: Filter,
    emotions: Sequence[str],
    profile: Sequence[str],
    peaks: list[Peak],
    unfinished: bool,
) -> Summary:
    """Counts of everything that the filter lets through."""
    query = query_of(index, filter)
    answer = index.search(
        query,
        size=0,
        track_total_hits=True,
        aggregations={
            "felt": {"filter": term("felt", True)},
            "ambiguous": {"filter": term("ambiguous", True)},
            "retweets": {"filter": exists("retweet_of")},
            "undated": {"filter": {"bool": {"must_not": exists("counted.moment")}}},
            "first": _extreme("asc"),
            "last": _extreme("desc"),
        },
    )
    aggregations = answer["aggregations"]
    numbers = {name: aggregations[name]["doc_count"] for name in ("felt", "ambiguous", "retweets", "undated")}
    return Summary(
        tweets=answer["hits"]["total"]["value"],
        authors=sum(1 for _ in index.every(query, {"value": {"terms": {"field": "counted.author"}}})),
        first=_time(aggregations["first"]),
        last=_time(aggregations["last"]),
        emotions=filled(_by(index, query, index.counted), emotions),
        profile=filled(_by(index, query, "emotions"), profile),
        languages=_languages(index, query),
        peaks=peaks,
        unfinished=unfinished,
        **numbers,
    )


def periods(index: Index, filter: Filter, by: Period) -> dict[datetime, dict[str, int]]:
    """Tweets of each emotion in the periods (UTC, without a zone) that have any."""
    sources = {
        "start": {"date_histogram": {"field": "created_at", "calendar_interval": by}},
        "emotion": {"terms": {"field": index.counted}},
    }
    counts: dict[datetime, dict[str, int]] = {}
    for bucket in index.every(query_of(index, filter), sources):
        start = moment(bucket["key"]["start"] * 1000)
        assert start is not None
        counts.setdefault(start.replace(tzinfo=None), {})[bucket["key"]["emotion"]] = bucket["doc_count"]
    return counts


def rhythm(index: Index, filter: Filter) -> Rhythm:
    """Tweets by weekday, hour and emotion."""
    fields = {"weekday": "counted.weekday", "hour": "counted.hour", "emotion": index.counted}
    sources = {name: {"terms": {"field": field}} for name, field in fields.items()}
    counts: dict[tuple[int, int], dict[str, int]] = {}
    local = total = 0
    query = query_of(index, filter)
    for bucket in index.every(query, sources, known={"filter": exists("local_hour")}):
        key = bucket["key"]
        counts.setdefault((key["weekday"], key["hour"]), {})[key["emotion"]] = bucket["doc_count"]
        local, total = local + bucket["known"]["doc_count"], total + bucket["doc_count"]
    return rhythm_of(counts, local, total)


def _by(index: Index, query: Query, field: str) -> dict[str, int]:
    buckets = index.every(query, {"value": {"terms": {"field": field}}})
    return {bucket["key"]["value"]: bucket["doc_count"] for bucket in buckets}


def _languages(index: Index, query: Query) -> dict[str, int]:
    """Counts, the most frequent first; a language that is not known is `unknown`."""
    counts: dict[str, int] = {}
    for bucket in index.every(query, {"value": {"terms": {"field": "lang", "missing_bucket": True}}}):
        name = _UNKNOWN if bucket["key"]["value"] is None else bucket["key"]["value"]
        counts[name] = counts.get(name, 0) + bucket["doc_count"]
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _extreme(order: str) -> dict[str, Any]:
    """The first moment in an order: exact, where `min` and `max` count in floating point."""
    sort = [{"counted.moment": {"order": order, "missing": "_last"}}]
    return {"top_hits": {"size": 1, "sort": sort, "_source": ["counted.moment"]}}


def _time(answer: Any) -> datetime | None:
    hits = answer["hits"]["hits"]
    return moment(hits[0]["_source"].get("counted", {}).get("moment")) if hits else None
