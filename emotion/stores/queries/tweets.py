"""Single tweets: the newest, and the strongest of each emotion."""

from collections.abc import Iterable, Sequence
from typing import Any

from emotion.stores.answers import NONE, Filter, Found, Hit
from emotion.stores.queries.documents import Documents
from emotion.stores.queries.filters import conditions
from emotion.stores.queries.hits import COLUMNS, hit

# Columns and conditions are our own text; what a user says is a parameter.
_COLUMNS = ", ".join(COLUMNS)
_SEARCH = f"""
    SELECT {_COLUMNS} FROM documents WHERE {{condition}} ORDER BY moment DESC NULLS LAST, tweet_id LIMIT $limit
"""  # nosec B608
_TOTAL = "SELECT count(*) FROM documents WHERE {condition}"
# Retweets repeat a text: of equal texts one stands for all.
_EXAMPLES = f"""
    WITH texts AS (
        SELECT * FROM documents WHERE counted <> $none AND {{condition}}
        QUALIFY row_number() OVER (PARTITION BY counted, text ORDER BY score DESC, moment, tweet_id) = 1
    )
    SELECT {_COLUMNS} FROM texts
    QUALIFY row_number() OVER (PARTITION BY counted ORDER BY score DESC, moment, tweet_id) <= $limit
    ORDER BY counted, score DESC, moment, tweet_id
"""  # nosec B608


def search(documents: Documents, filter: Filter, limit: int, unfinished: bool) -> Found:
    """The newest tweets that the filter lets through, ties by id, with the words that its query asks for marked."""
    condition, parameters = conditions(documents, filter)
    total = documents.rows(_TOTAL.format(condition=condition), parameters)[0][0]
    rows = documents.rows(_SEARCH.format(condition=condition), parameters | {"limit": limit})
    return Found(total, _hits(documents, rows, filter), unfinished)


def examples(documents: Documents, filter: Filter, emotions: Sequence[str], limit: int) -> dict[str, list[Hit]]:
    """The tweets of highest score of each emotion, equal texts once; none has no examples."""
    condition, parameters = conditions(documents, filter)
    rows = documents.rows(_EXAMPLES.format(condition=condition), parameters | {"limit": limit, "none": NONE})
    answer: dict[str, list[Hit]] = {emotion: [] for emotion in emotions if emotion != NONE}
    for found in _hits(documents, rows, filter):
        answer.setdefault(found.emotion, []).append(found)
    return answer


def _hits(documents: Documents, rows: Iterable[Sequence[Any]], filter: Filter) -> list[Hit]:
    rules, asked = documents.rules, documents.asked(filter.query)
    return [hit(row, rules, asked) for row in rows]
