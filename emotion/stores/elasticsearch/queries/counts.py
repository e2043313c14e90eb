"""Counts of tweets in an index: the summary, over time, over the week."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from emotion.stores.answers import Filter, Peak, Period, Rhythm, Summary
from emotion.stores.elasticsearch.queries.asking import Index, Query, exists, moment, narrowed, query_of, term
from emotion.stores.queries.counts import filled, rhythm_of
from emotion.stores.queries.zones import in_zone

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
        first=_time(index, aggregations["first"]),
        last=_time(index, aggregations["last"]),
        emotions=filled(_by(index, query, index.counted), emotions),
        profile=filled(_by(index, query, "emotions"), profile),
        languages=_languages(index, query),
        peaks=peaks,
        unfinished=unfinished,
        **numbers,
    )


def periods(index: Index, filter: Filter, by: Period) -> dict[datetime, dict[str, int]]:
    """Tweets of each emotion in the periods that have any, by what the zone's clock shows."""
    return _periods(index, query_of(index, filter), by)


def rhythm(index: Index, filter: Filter) -> Rhythm:
    """Tweets by weekday, hour and emotion; `counted` has them by the author's clock, else in UTC."""
    query, own = query_of(index, filter), exists("local_hour")
    fields = {"weekday": "counted.weekday", "hour": "counted.hour", "emotion": index.counted}
    sources = {name: {"terms": {"field": field}} for name, field in fields.items()}
    counts: dict[tuple[int, int], dict[str, int]] = {}
    local = 0
    for bucket in index.every(query if index.zone is UTC else narrowed(query, own), sources, known={"filter": own}):
        key, local = bucket["key"], local + bucket["known"]["doc_count"]
        counts.setdefault((key["weekday"], key["hour"]), {})[key["emotion"]] = bucket["doc_count"]
    if index.zone is not UTC:
        for start, emotions in _periods(index, narrowed(query, {"bool": {"must_not": own}}), "hour").items():
            _add(counts.setdefault((start.weekday(), start.hour), {}), emotions)
    return rhythm_of(counts, local, sum(sum(emotions.values()) for emotions in counts.values()))


def _periods(index: Index, query: Query, by: Period) -> dict[datetime, dict[str, int]]:
    zone = {} if index.zone is UTC else {"time_zone": str(index.zone)}
    sources = {
        "start": {"date_histogram": {"field": "created_at", "calendar_interval": by, **zone}},
        "emotion": {"terms": {"field": index.counted}},
    }
    counts: dict[datetime, dict[str, int]] = {}
    for bucket in index.every(query, sources):
        start = moment(bucket["key"]["start"] * 1000)
        assert start is not None
        shown = in_zone(start, index.zone).replace(tzinfo=None, fold=0)  # an hour that is shown twice is one
        if by != "hour":  # midnight may not be shown
            shown = shown.replace(hour=0, minute=0, second=0)
        _add(counts.setdefault(shown, {}), {bucket["key"]["emotion"]: bucket["doc_count"]})
    return counts


def _add(counts: dict[str, int], more: Mapping[str, int]) -> None:
    for emotion, tweets in more.items():
        counts[emotion] = counts.get(emotion, 0) + tweets


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


def _time(index: Index, answer: Any) -> datetime | None:
    hits = answer["hits"]["hits"]
    found = moment(hits[0]["_source"].get("counted", {}).get("moment")) if hits else None
    return None if found is None else in_zone(found, index.zone)
