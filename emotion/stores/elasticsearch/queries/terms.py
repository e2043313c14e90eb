"""What tweets are about, counted in an index: hashtags, words, emoji, mentions and entities.

Rankings are exact, on any number of shards: the server says how far it may be off, and is asked again, more widely,
until it is sure.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from emotion.stores.answers import KIND_OF, Filter, Kind, SignificantTerm, Term
from emotion.stores.elasticsearch.paging import batches
from emotion.stores.elasticsearch.queries.asking import Index, Query, narrowed, query_of
from emotion.stores.queries.ranking import COMMON, Counts, best_of_each, counts_as, marking, only, spelt, term_of
from emotion.stores.queries.words import fold
from emotion.stores.significance import FEWEST

_FIELDS: dict[Kind, str] = {
    "hashtags": "hashtags.folded",
    "words": "words",
    "emoji": "emoji",
    "mentions": "mentions.folded",
    "entities": "entities.name.folded",
    **{kind: f"counted.{named}.folded" for kind, named in KIND_OF.items()},
}
_WIDTHS = (1, 8, 64)  # how much more widely a ranking is asked for, try after try
_MOST = 8000  # buckets of a ranking; where these do not do, all terms are counted
_TERMS = 500  # looked up at once
_SPELLINGS = 64


def top(index: Index, kind: Kind, filter: Filter, emotions: Sequence[str], limit: int) -> list[Term]:
    """The terms in most tweets, ties by the alphabet."""
    query = query_of(index, filter)
    ranked = _ranked(index, kind, query, limit)
    names = _first_of(_every(index, kind, query), limit) if ranked is None else ranked
    terms = _terms(index, kind, query, names, emotions)
    return sorted(terms, key=lambda term: (-term.tweets, term.term))


def top_by_emotion(
    index: Index, kind: Kind, filter: Filter, emotions: Sequence[str], limit: int
) -> dict[str, list[Term]]:
    """For each emotion, none included, the terms in most of its tweets, ties by the alphabet."""
    query = query_of(index, filter)
    names: set[str] = set()
    for emotion in emotions:
        those = narrowed(query, {"term": {index.counted: emotion}})
        ranked = _ranked(index, kind, those, limit)
        names.update(_first_of(_every(index, kind, those), limit) if ranked is None else ranked)
    return best_of_each(_terms(index, kind, query, names, emotions), emotions, limit)


def significant(
    index: Index, kind: Kind, filter: Filter, emotions: Sequence[str], limit: int
) -> dict[str, list[SignificantTerm]]:
    """For each emotion, or that of the filter, the terms that mark it most (see `stores.significance`)."""
    query = query_of(index, replace(filter, emotion=None))
    counts, totals = _every(index, kind, query), dict[str, int]()
    for held in counts.values():
        for emotion, tweets in held.items():
            totals[emotion] = totals.get(emotion, 0) + tweets
    often = {term: held for term, held in counts.items() if sum(held.values()) >= FEWEST}
    marks = only(filter.emotion, marking(often, totals, emotions, limit))
    written = _written(index, kind, query, sorted({mark.term for held in marks.values() for mark in held}))
    return {emotion: [spelt(mark, written) for mark in held] for emotion, held in marks.items()}


def _every(index: Index, kind: Kind, query: Query) -> Counts:
    """All terms with their tweets of each emotion."""
    counts: Counts = {}
    sources = {"term": {"terms": {"field": _FIELDS[kind]}}, "emotion": {"terms": {"field": index.counted}}}
    for bucket in index.every(query, sources):
        key = bucket["key"]
        if counts_as(kind, key["term"]):
            counts.setdefault(key["term"], {})[key["emotion"]] = bucket["doc_count"]
    return counts


def _first_of(counts: Counts, limit: int) -> list[str]:
    return sorted(counts, key=lambda term: (-sum(counts[term].values()), term))[:limit]


def _ranked(index: Index, kind: Kind, query: Query, limit: int) -> list[str] | None:
    """The first terms of a ranking, or None where the server cannot be sure of it."""
    for width in _WIDTHS:
        size = (2 * limit + 50) * width
        if size > _MOST:
            return None
        answer = index.aggregate(query, ranked={"terms": _ranking(kind, size)})["ranked"]
        counted = [bucket for bucket in answer["buckets"] if counts_as(kind, bucket["key"])]
        if _is_sure(answer, counted, limit):
            return [bucket["key"] for bucket in counted[:limit]]
    return None


def _ranking(kind: Kind, size: int) -> dict[str, Any]:
    field = {"field": _FIELDS[kind], "size": size, "shard_size": 4 * size, "show_term_doc_count_error": True}
    return field | ({"exclude": sorted(COMMON)} if kind == "words" else {})


def _is_sure(answer: Mapping[str, Any], counted: Sequence[Mapping[str, Any]], limit: int) -> bool:
    """Whether no shard can hold back a term that belongs among the first of these, or tweets of one of them.

    What shards hold back of a term is at most its own error, or that of the answer where it is not in it.
    """
    held, off = counted[:limit], answer["doc_count_error_upper_bound"]
    if any(bucket.get("doc_count_error_upper_bound") for bucket in held):
        return False
    if len(held) < limit:
        return not answer["sum_other_doc_count"]
    if not held or not off:
        return True
    behind = [each["doc_count"] + each.get("doc_count_error_upper_bound", 0) for each in counted[limit:]]
    cut = answer["buckets"][-1]["doc_count"] if answer["sum_other_doc_count"] else 0
    return bool(max([cut + off, *behind]) < held[-1]["doc_count"])


def _terms(index: Index, kind: Kind, query: Query, names: Collection[str], emotions: Sequence[str]) -> list[Term]:
    """These terms with their tweets of each emotion, as they are most often written."""
    names, counts = sorted(names), Counts()
    for some in batches(names, _TERMS):
        for bucket in _looked_up(index, kind, query, some, {"field": index.counted, "size": 1000}):
            counts[bucket["key"]] = {each["key"]: each["doc_count"] for each in bucket["below"]["buckets"]}
    written = _written(index, kind, query, names)
    return [term_of(term, written, counts[term], emotions) for term in names if term in counts]


def _written(index: Index, kind: Kind, query: Query, names: Sequence[str]) -> dict[str, str]:
    """Each term as it is written in most tweets, ties by the alphabet."""
    if kind in ("words", "emoji"):
        return {}
    written: dict[str, str] = {}
    field, size = _FIELDS[kind].removesuffix(".folded"), _SPELLINGS
    while names:
        unsure = []
        for some in batches(names, _TERMS):
            for bucket in _looked_up(index, kind, query, some, {"field": field, "size": size, "shard_size": 4 * size}):
                term, below = bucket["key"], bucket["below"]
                held = [each for each in below["buckets"] if fold(each["key"]) == term]
                if not held and below["sum_other_doc_count"]:
                    unsure.append(term)  # tweets with the term hold that many other terms more often
                elif held:
                    written[term] = held[0]["key"]
        names, size = (unsure, 8 * size) if 8 * size <= _MOST else ([], size)
    return written


def _looked_up(
    index: Index, kind: Kind, query: Query, names: Sequence[str], below: Mapping[str, Any]
) -> list[dict[str, Any]]:
    field = _FIELDS[kind]
    aggregation = {
        "terms": {"field": field, "include": list(names), "size": len(names)},
        "aggregations": {"below": {"terms": dict(below)}},
    }
    answer = index.aggregate(narrowed(query, {"terms": {field: list(names)}}), held=aggregation)
    return list(answer["held"]["buckets"])
