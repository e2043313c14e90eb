"""What tweets are about: hashtags, words, emoji, mentions and entities, by count or by what marks an emotion."""

from collections.abc import Iterable, Sequence
from typing import Any

from emotion.stores.answers import Filter, Kind, SignificantTerm, Term
from emotion.stores.queries.counts import filled
from emotion.stores.queries.documents import Documents
from emotion.stores.queries.filters import conditions
from emotion.stores.significance import FEWEST, LEAST, log_odds
from emotion.text.stop_words import STOP_WORDS

# Beside the cleaning's own: verbs of all trades, what is left of contractions, and words of many emoji's names.
_COMMON = STOP_WORDS | frozenset(
    """
    also ca come de else ever every get gets getting go goes going gone got im ive keep like ll made make many much n't
    na need one put re really rt said say says see since still take then thing things till too two ur use want way went
    wo yes yet ya u r face skin tone light medium dark heavy mark sign button 'd 'll
    'm 're 's 've
    """.split()  # noqa: SIM905
)
_FOLDED = "list_transform({column}, lambda term: lower(term))"
_COLUMNS: dict[Kind, str] = {
    "hashtags": "hashtags",
    "words": "words",
    "emoji": "emoji",
    "mentions": "mentions",
    "entities": "list_transform(entities, lambda entity: entity.name)",
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
    SELECT lower(written) AS term, written, count(*) AS n
    FROM (SELECT unnest({column}) AS written FROM documents WHERE {condition})
    SEMI JOIN (SELECT unnest($terms) AS term) AS wanted ON lower(written) = wanted.term
    GROUP BY ALL ORDER BY n, written DESC
"""

Counts = dict[Any, dict[str, int]]  # term to emotion to tweets


def top(documents: Documents, kind: Kind, filter: Filter, emotions: Sequence[str], limit: int) -> list[Term]:
    """The terms in most tweets, ties by the alphabet."""
    counts = _counts(documents, kind, filter, _TOP, limit=limit)
    written = _written(documents, kind, filter, counts)
    return sorted((_term(term, written, counts[term], emotions) for term in counts), key=lambda t: (-t.tweets, t.term))


def top_by_emotion(
    documents: Documents, kind: Kind, filter: Filter, emotions: Sequence[str], limit: int
) -> dict[str, list[Term]]:
    """For each emotion, none included, the terms in most of its tweets, ties by the alphabet."""
    counts = _counts(documents, kind, filter, _TOP_BY_EMOTION, limit=limit)
    written = _written(documents, kind, filter, counts)
    terms = [_term(term, written, counts[term], emotions) for term in counts]
    answer = {}
    for emotion in emotions:
        held = [term for term in terms if term.emotions.get(emotion)]
        answer[emotion] = sorted(held, key=lambda t, e=emotion: (-t.emotions[e], t.term))[:limit]  # type: ignore[misc]
    return answer


def significant(
    documents: Documents, kind: Kind, filter: Filter, emotions: Sequence[str], limit: int
) -> dict[str, list[SignificantTerm]]:
    """For each emotion the terms that mark it most (see `stores.significance`), none below its `LEAST`."""
    import numpy as np

    counts = _counts(documents, kind, filter, _RANKED, fewest=FEWEST)
    totals = counts.pop(None, {})
    terms, table = sorted(counts), np.zeros((len(counts), len(emotions)), np.int64)
    for row, term in enumerate(terms):
        table[row] = [counts[term].get(emotion, 0) for emotion in emotions]
    scores = log_odds(table, np.array([totals.get(emotion, 0) for emotion in emotions], np.int64))
    scores = np.where(table > 0, scores, 0.0)
    best = [[int(row) for row in np.argsort(-z, kind="stable")[:limit] if z[row] > LEAST] for z in scores.T]
    written = _written(documents, kind, filter, {terms[row] for rows in best for row in rows})

    def told(row: int, column: int) -> SignificantTerm:
        term, here = terms[row], int(table[row, column])
        elsewhere = int(table[row].sum()) - here
        return SignificantTerm(term, written.get(term, term), here, elsewhere, float(scores[row, column]))

    return {emotions[column]: [told(row, column) for row in rows] for column, rows in enumerate(best)}


def _counts(documents: Documents, kind: Kind, filter: Filter, sql: str, **parameters: int) -> Counts:
    counts: Counts = {}
    for term, emotion, tweets in _execute(documents, kind, filter, sql, **parameters):
        counts.setdefault(term, {})[emotion] = tweets
    return counts


def _execute(documents: Documents, kind: Kind, filter: Filter, sql: str, **parameters: int) -> list[tuple[Any, ...]]:
    condition, bound = conditions(filter)
    words = kind == "words"
    column = _COLUMNS[kind]
    folded = column if words else _FOLDED.format(column=column)  # the cleaning has folded words already
    head = _COUNTS.format(folded=folded, condition=condition, kept=_WORDS if words else "term <> ''")
    stop_words = {"stop_words": sorted(_COMMON)} if words else {}
    return list(documents.rows(head + sql, bound | stop_words | parameters))


def _written(documents: Documents, kind: Kind, filter: Filter, terms: Iterable[str]) -> dict[str, str]:
    """Each term as it is most often written."""
    if kind in ("words", "emoji"):
        return {}
    condition, bound = conditions(filter)
    sql = _WRITTEN.format(column=_COLUMNS[kind], condition=condition)
    return {term: written for term, written, _ in documents.rows(sql, bound | {"terms": list(terms)})}


def _term(term: str, written: dict[str, str], counts: dict[str, int], emotions: Sequence[str]) -> Term:
    return Term(term, written.get(term, term), sum(counts.values()), filled(counts, emotions))
