"""What tweets are about: hashtags, words, emoji, mentions and entities, by count or by what marks an emotion."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from emotion.stores.answers import KIND_OF, Filter, Kind, SignificantTerm, Term
from emotion.stores.queries.documents import Documents
from emotion.stores.queries.filters import conditions
from emotion.stores.queries.ranking import COMMON, best_of_each, marking, only, spelt, term_of
from emotion.stores.significance import FEWEST

_FOLDED = "list_transform({column}, lambda term: lower(term))"
_COLUMNS: dict[Kind, str] = {
    "hashtags": "hashtags",
    "words": "words",
    "emoji": "emoji",
    "mentions": "mentions",
    "entities": "list_transform(entities, lambda entity: entity.name)",
    **{
        kind: f"list_transform(list_filter(entities, lambda e: e.kind = '{named}'), lambda entity: entity.name)"
        for kind, named in KIND_OF.items()
    },
}
# A tweet counts once for a term: where it stands first. (Twelve times as fast as list_distinct.)
_COUNTS = """
    WITH lists AS (SELECT counted, {folded} AS held FROM documents WHERE {condition}),
    terms AS (SELECT counted, held, unnest(held) AS term, generate_subscripts(held, 1) AS place FROM lists),
    every AS (SELECT term, counted, count(*) AS n FROM terms WHERE list_position(held, term) = place GROUP BY ALL),
    counts AS (SELECT * FROM every WHERE {kept})
"""
_WORDS = "regexp_matches(term, '\\p{L}') AND term[1] <> '<' AND term NOT IN (SELECT unnest($stop_words))"
_TOP = """
    , best AS (SELECT term FROM counts GROUP BY term ORDER BY sum(n) DESC, term LIMIT $limit)
    SELECT term, counted, n FROM counts SEMI JOIN best USING (term)
"""
_TOP_BY_EMOTION = """
    , best AS (SELECT *, row_number() OVER (PARTITION BY counted ORDER BY n DESC, term) AS rank FROM counts)
    SELECT term, other.counted, other.n FROM counts AS other
    SEMI JOIN (SELECT term FROM best WHERE rank <= $limit) USING (term)
"""
# The rows without a term are the sums over all terms, ranked or not.
_RANKED = """
    SELECT term, counted, n FROM counts
    SEMI JOIN (SELECT term FROM counts GROUP BY term HAVING sum(n) >= $fewest) USING (term)
    UNION ALL SELECT NULL, counted, sum(n)::BIGINT FROM counts GROUP BY counted
"""
_WRITTEN = """
    WITH lists AS (SELECT {column} AS held FROM documents WHERE {condition}),
    spellings AS (SELECT held, unnest(held) AS written, generate_subscripts(held, 1) AS place FROM lists)
    SELECT lower(written) AS term, written, count(*) AS n FROM spellings
    SEMI JOIN (SELECT unnest($terms) AS term) AS wanted ON lower(written) = wanted.term
    WHERE list_position(held, written) = place GROUP BY ALL ORDER BY n, written DESC
"""

Counts = dict[Any, dict[str, int]]  # term to emotion to tweets


def top(documents: Documents, kind: Kind, filter: Filter, emotions: Sequence[str], limit: int) -> list[Term]:
    """The terms in most tweets, ties by the alphabet."""
    counts = _counts(documents, kind, filter, _TOP, limit=limit)
    written = _written(documents, kind, filter, counts)
    return sorted(
        (term_of(term, written, counts[term], emotions) for term in counts), key=lambda t: (-t.tweets, t.term)
    )


def top_by_emotion(
    documents: Documents, kind: Kind, filter: Filter, emotions: Sequence[str], limit: int
) -> dict[str, list[Term]]:
    """For each emotion, none included, the terms in most of its tweets, ties by the alphabet."""
    counts = _counts(documents, kind, filter, _TOP_BY_EMOTION, limit=limit)
    written = _written(documents, kind, filter, counts)
    return best_of_each([term_of(term, written, counts[term], emotions) for term in counts], emotions, limit)


def significant(
    documents: Documents, kind: Kind, filter: Filter, emotions: Sequence[str], limit: int
) -> dict[str, list[SignificantTerm]]:
    """For each emotion, or that of the filter, the terms that mark it most against all others."""
    every = replace(filter, emotion=None)
    counts = _counts(documents, kind, every, _RANKED, fewest=FEWEST)
    totals = counts.pop(None, {})
    marks = only(filter.emotion, marking(counts, totals, emotions, limit))
    written = _written(documents, kind, every, {mark.term for held in marks.values() for mark in held})
    return {emotion: [spelt(mark, written) for mark in held] for emotion, held in marks.items()}


def _counts(documents: Documents, kind: Kind, filter: Filter, sql: str, **parameters: int) -> Counts:
    counts: Counts = {}
    for term, emotion, tweets in _execute(documents, kind, filter, sql, **parameters):
        counts.setdefault(term, {})[emotion] = tweets
    return counts


def _execute(documents: Documents, kind: Kind, filter: Filter, sql: str, **parameters: int) -> list[tuple[Any, ...]]:
    condition, bound = conditions(documents, filter)
    words = kind == "words"
    column = _COLUMNS[kind]
    folded = column if words else _FOLDED.format(column=column)  # the cleaning has folded words already
    head = _COUNTS.format(folded=folded, condition=condition, kept=_WORDS if words else "term <> ''")
    stop_words = {"stop_words": sorted(COMMON)} if words else {}
    return list(documents.rows(head + sql, bound | stop_words | parameters))


def _written(documents: Documents, kind: Kind, filter: Filter, terms: Iterable[str]) -> dict[str, str]:
    """Each term as it is most often written."""
    if kind in ("words", "emoji"):
        return {}
    condition, bound = conditions(documents, filter)
    sql = _WRITTEN.format(column=_COLUMNS[kind], condition=condition)
    return {term: written for term, written, _ in documents.rows(sql, bound | {"terms": list(terms)})}
