"""Single tweets of an index: those with all the words asked for, and the strongest of each emotion."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from struct import pack, unpack
from typing import TYPE_CHECKING, Any

from emotion.stores.answers import NONE, Filter, Found, Hit
from emotion.stores.elasticsearch.queries.asking import Index, Query, moment, narrowed, query_of, term
from emotion.stores.queries.hits import COLUMNS, Asked, asked, hit

if TYPE_CHECKING:
    from emotion.text.rules import Rules

_FIELDS = {"words": "words", "tags": "hashtags.folded", "names": "mentions.folded"}
_OPEN, _CLOSE = "\ue000", "\ue001"  # around what the server highlights
_WINDOW = 5000  # hits of one answer
_SOURCE = [
    *("tweet_id", "text", "user_name", "lang", "emotion", "score", "second", "ambiguous", "hashtags"),
    *("attention", "source", "line", "words", "counted.moment", "counted.emotion"),
]
_NEWEST = [{"counted.moment": {"order": "desc", "missing": "_last"}}, {"tweet_id": "asc"}]
_SUREST = [{"score": "desc"}, {"counted.moment": {"order": "asc", "missing": "_last"}}, {"tweet_id": "asc"}]


def search(index: Index, query: str, filter: Filter, limit: int, unfinished: bool, rules: "Rules") -> Found:
    """Tweets that hold every word of the query, newest first, ties by id; `#tag` and `@name` are matched as such."""
    wanted = asked(query, rules, lambda forms: _known(index, forms))
    holds = [term(_FIELDS[name], value) for name, values in wanted.items() for value in values]
    narrow = narrowed(query_of(filter, index.counted), *holds)
    total = index.search(narrow, size=0, track_total_hits=True)["hits"]["total"]["value"]
    hits = [_hit(index, each["_source"], rules, wanted) for each in _sorted(index, narrow, limit)]
    return Found(total, hits, unfinished)


def examples(index: Index, filter: Filter, emotions: Sequence[str], limit: int, rules: "Rules") -> dict[str, list[Hit]]:
    """The tweets of highest score of each emotion, equal texts once; none has no examples."""
    answer: dict[str, list[Hit]] = {}
    for emotion in (each for each in emotions if each != NONE):
        query = narrowed(query_of(filter, index.counted), term(index.counted, emotion))
        found = index.search(query, size=limit, sort=_SUREST, source=_SOURCE, collapse={"field": "counted.text"})
        answer[emotion] = [_hit(index, each["_source"], rules, {}) for each in found["hits"]["hits"]]
    return answer


def relevant(index: Index, query: str, filter: Filter, limit: int, unfinished: bool, rules: "Rules") -> Found:
    """Tweets whose text matches the query best by the server's own measure, with what it highlights itself."""
    match = {"bool": {"must": {"match": {"text": query}}, "filter": query_of(filter, index.counted)}}
    marks = {"pre_tags": [_OPEN], "post_tags": [_CLOSE], "number_of_fragments": 0, "fields": {"text": {}}}
    ranked = ["_score", {"tweet_id": "asc"}]
    answer = index.search(
        match, size=min(limit, _WINDOW), source=_SOURCE, highlight=marks, sort=ranked, track_total_hits=True
    )
    hits = [_marked(index, each, rules) for each in answer["hits"]["hits"]]
    return Found(answer["hits"]["total"]["value"], hits, unfinished)


def _known(index: Index, forms: Sequence[str]) -> list[str]:
    """Which of the words any tweet holds."""
    holds = {"terms": {"field": "words", "include": list(forms), "size": len(forms)}}
    answer = index.aggregate({"terms": {"words": list(forms)}}, known=holds)
    return [bucket["key"] for bucket in answer["known"]["buckets"]]


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
