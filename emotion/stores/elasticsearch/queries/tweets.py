"""Single tweets of an index: the newest, the best match, and the strongest of each emotion."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from struct import pack, unpack
from typing import TYPE_CHECKING, Any

from emotion.stores.answers import NONE, Filter, Found, Hit
from emotion.stores.elasticsearch.queries.asking import Index, Query, moment, narrowed, query_of, term
from emotion.stores.queries.hits import COLUMNS, hit
from emotion.stores.queries.words import Asked

if TYPE_CHECKING:
    from emotion.text.rules import Rules

_OPEN, _CLOSE = "\ue000", "\ue001"  # around what the server highlights
_WINDOW = 5000  # hits of one answer
_SOURCE = [
    *("tweet_id", "text", "user_name", "lang", "emotion", "score", "second", "ambiguous", "hashtags"),
    *("attention", "source", "line", "words", "counted.moment", "counted.emotion"),
]
_NEWEST = [{"counted.moment": {"order": "desc", "missing": "_last"}}, {"tweet_id": "asc"}]
_SUREST = [{"score": "desc"}, {"counted.moment": {"order": "asc", "missing": "_last"}}, {"tweet_id": "asc"}]


def search(index: Index, filter: Filter, limit: int, unfinished: bool) -> Found:
    """The newest tweets that the filter lets through, ties by id, with the words that its query asks for marked."""
    query = query_of(index, filter)
    total = index.search(query, size=0, track_total_hits=True)["hits"]["total"]["value"]
    return Found(total, _hits(index, _sorted(index, query, limit), filter), unfinished)


def examples(index: Index, filter: Filter, emotions: Sequence[str], limit: int) -> dict[str, list[Hit]]:
    """The tweets of highest score of each emotion, equal texts once; none has no examples."""
    answer: dict[str, list[Hit]] = {}
    every = query_of(index, filter)
    for emotion in (each for each in emotions if each != NONE):
        query = narrowed(every, term(index.counted, emotion))
        found = index.search(query, size=limit, sort=_SUREST, source=_SOURCE, collapse={"field": "counted.text"})
        answer[emotion] = _hits(index, found["hits"]["hits"], filter)
    return answer


def relevant(index: Index, query: str, filter: Filter, limit: int, unfinished: bool) -> Found:
    """Tweets whose text matches the query best by the server's own measure, with what it highlights itself."""
    match = {"bool": {"must": {"match": {"text": query}}, "filter": query_of(index, filter)}}
    marks = {"pre_tags": [_OPEN], "post_tags": [_CLOSE], "number_of_fragments": 0, "fields": {"text": {}}}
    ranked = ["_score", {"tweet_id": "asc"}]
    answer = index.search(
        match, size=min(limit, _WINDOW), source=_SOURCE, highlight=marks, sort=ranked, track_total_hits=True
    )
    hits = [_marked(index, each, index.rules) for each in answer["hits"]["hits"]]
    return Found(answer["hits"]["total"]["value"], hits, unfinished)


def _sorted(index: Index, query: Query, limit: int) -> Iterator[Mapping[str, Any]]:
    """The newest documents, however many are asked for."""
    after: dict[str, Any] = {}
    while limit > 0:
        size = min(limit, _WINDOW)
        hits = index.search(query, size=size, sort=_NEWEST, source=_SOURCE, track_total_hits=False, **after)["hits"][
            "hits"
        ]
        yield from hits
        if len(hits) < size:
            return
        limit, after = limit - size, {"search_after": hits[-1]["sort"]}


def _hits(index: Index, found: Iterable[Mapping[str, Any]], filter: Filter) -> list[Hit]:
    rules, asked = index.rules, index.asked(filter.query)
    return [_hit(index, each["_source"], rules, asked) for each in found]


def _hit(index: Index, source: Mapping[str, Any], rules: "Rules", wanted: Asked) -> Hit:
    counted = source.get("counted", {})
    row = {
        "counted": source["emotion"] if index.everything else counted["emotion"],
        "moment": _naive(counted.get("moment")),
        "score": _stored(source["score"]),
        "attention": [each | {"weight": _stored(each["weight"])} for each in source.get("attention", ())],
    }
    return hit([row.get(name, source.get(name)) for name in COLUMNS], rules, wanted)


def _marked(index: Index, answer: Mapping[str, Any], rules: "Rules") -> Hit:
    """The hit with what the server highlighted instead of our own offsets."""
    found = _hit(index, answer["_source"], rules, {})
    (text,) = answer.get("highlight", {}).get("text", [found.text])
    pieces = re.split(f"[{_OPEN}{_CLOSE}]", text)
    if "".join(pieces) != found.text:  # the tweet itself holds such signs
        return found
    ends = list(accumulate(map(len, pieces)))
    return replace(found, highlights=list(zip(ends[::2], ends[1::2], strict=False)))


def _stored(number: float) -> float:
    """The number as a store of float32 gives it back."""
    return unpack("f", pack("f", number))[0]  # type: ignore[no-any-return]


def _naive(micros: int | None) -> datetime | None:
    time = moment(micros)
    return None if time is None else time.replace(tzinfo=None)
