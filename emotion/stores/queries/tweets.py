"""Single tweets: those with all the words asked for, and the strongest of each emotion."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emotion.stores.answers import NONE, Filter, Found, Hit
from emotion.stores.queries.documents import Documents
from emotion.stores.queries.filters import conditions
from emotion.stores.queries.hits import COLUMNS, asked, hit

if TYPE_CHECKING:
    from emotion.text.rules import Rules

# Columns and conditions are our own text; what a user says is a parameter.
_COLUMNS = ", ".join(COLUMNS)
_SEARCH = f"""
    SELECT {_COLUMNS} FROM documents WHERE {{condition}} ORDER BY moment DESC NULLS LAST, tweet_id LIMIT $limit
"""  # nosec B608
_TOTAL = "SELECT count(*) FROM documents WHERE {condition}"
_HOLDS = {
    "words": "list_has_all(words, $words)",
    "tags": "list_has_all(list_transform(hashtags, lambda tag: lower(tag)), $tags)",
    "names": "list_has_all(list_transform(mentions, lambda name: lower(name)), $names)",
}
_KNOWN = """
    SELECT DISTINCT word FROM (SELECT unnest(words) AS word FROM documents WHERE list_has_any(words, $forms))
    WHERE list_contains($forms, word)
"""
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


def search(documents: Documents, query: str, filter: Filter, limit: int, unfinished: bool, rules: "Rules") -> Found:
    """Tweets that hold every word of the query, newest first, ties by id; `#tag` and `@name` are matched as such."""

    def known(forms: list[str]) -> list[str]:
        return [word for (word,) in documents.rows(_KNOWN, {"forms": forms})]

    wanted_words = asked(query, rules, known)
    condition, parameters = conditions(filter)
    wanted = {name: values for name, values in wanted_words.items() if values}
    condition = " AND ".join([condition, *(_HOLDS[name] for name in wanted)])
    total = documents.rows(_TOTAL.format(condition=condition), parameters | wanted)[0][0]
    rows = documents.rows(_SEARCH.format(condition=condition), parameters | wanted | {"limit": limit})
    return Found(total, [hit(row, rules, wanted_words) for row in rows], unfinished)


def examples(
    documents: Documents, filter: Filter, emotions: Sequence[str], limit: int, rules: "Rules"
) -> dict[str, list[Hit]]:
    """The tweets of highest score of each emotion, equal texts once; none has no examples."""
    condition, parameters = conditions(filter)
    rows = documents.rows(_EXAMPLES.format(condition=condition), parameters | {"limit": limit, "none": NONE})
    answer: dict[str, list[Hit]] = {emotion: [] for emotion in emotions if emotion != NONE}
    for found in (hit(row, rules, {}) for row in rows):
        answer.setdefault(found.emotion, []).append(found)
    return answer
