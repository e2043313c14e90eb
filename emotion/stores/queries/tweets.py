"""Single tweets: those with all the words asked for, and the strongest of each emotion."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from emotion.stores.answers import NONE, Filter, Found, Hit
from emotion.stores.queries.documents import Documents
from emotion.stores.queries.filters import conditions

if TYPE_CHECKING:
    from emotion.text.tokens import Tokenizer

_COLUMNS = (
    "tweet_id, moment, text, user_name, lang, counted, score, second, ambiguous, hashtags, attention, source, line"
)
_SEARCH = f"""
    SELECT {_COLUMNS} FROM documents WHERE {{condition}} ORDER BY moment DESC NULLS LAST, tweet_id LIMIT $limit
"""
_TOTAL = "SELECT count(*) FROM documents WHERE {condition}"
_HOLDS = {
    "words": "list_has_all(words, $words)",
    "tags": "list_has_all(list_transform(hashtags, lambda tag: lower(tag)), $tags)",
    "names": "list_has_all(list_transform(mentions, lambda name: lower(name)), $names)",
}
# Retweets repeat a text: of equal texts one stands for all.
_EXAMPLES = f"""
    WITH texts AS (
        SELECT * FROM documents WHERE counted <> $none AND {{condition}}
        QUALIFY row_number() OVER (PARTITION BY counted, text ORDER BY score DESC, moment, tweet_id) = 1
    )
    SELECT {_COLUMNS} FROM texts
    QUALIFY row_number() OVER (PARTITION BY counted ORDER BY score DESC, moment, tweet_id) <= $limit
    ORDER BY counted, score DESC, moment, tweet_id
"""


def search(documents: Documents, query: str, filter: Filter, limit: int, unfinished: bool) -> Found:
    """Tweets that hold every word of the query, newest first, ties by id; `#tag` and `@name` are matched as such."""
    asked = _asked(query)
    condition, parameters = conditions(filter)
    wanted = {name: values for name, values in asked.items() if values}
    condition = " AND ".join([condition, *(_HOLDS[name] for name in wanted)])
    total = documents.rows(_TOTAL.format(condition=condition), parameters | wanted)[0][0]
    rows = documents.rows(_SEARCH.format(condition=condition), parameters | wanted | {"limit": limit})
    return Found(total, [_highlighted(_hit(row), asked) for row in rows], unfinished)


def examples(documents: Documents, filter: Filter, emotions: Sequence[str], limit: int) -> dict[str, list[Hit]]:
    """The tweets of highest score of each emotion, equal texts once; none has no examples."""
    condition, parameters = conditions(filter)
    rows = documents.rows(_EXAMPLES.format(condition=condition), parameters | {"limit": limit, "none": NONE})
    answer: dict[str, list[Hit]] = {emotion: [] for emotion in emotions if emotion != NONE}
    for hit in map(_hit, rows):
        answer.setdefault(hit.emotion, []).append(hit)
    return answer


@cache
def tokenizer() -> "Tokenizer":
    """The cleaning rules that queries go through: the usual ones."""
    from emotion.text.rules import Rules
    from emotion.text.tokens import Tokenizer

    return Tokenizer(Rules(), None)


def attention_spans(hit: Hit) -> list[tuple[int, int, float]]:
    """Where the words of a tweet's attention stand in its text: start, end and weight, in order and apart."""
    weights = dict(reversed(hit.attention))
    spans: dict[tuple[int, int], float] = {}
    for token in tokenizer().spans(hit.text):
        if token.word in weights:
            place = (token.start, token.end)
            spans[place] = max(spans.get(place, 0.0), weights[token.word])
    return [(start, end, weight) for (start, end), weight in sorted(spans.items()) if end > start]


def _asked(query: str) -> dict[str, list[str]]:
    """The query's words after cleaning, its hashtags and its names in lower case."""
    tags = [tag[1:].lower() for tag in re.findall(r"(?<!\w)#\w+", query)]
    names = [name[1:].lower() for name in re.findall(r"(?<!\w)@\w+", query)]
    rest = re.sub(r"(?<!\w)[#@]\w+", " ", query)
    words = tokenizer().tokens(rest) if rest.strip() else []
    return {"words": list(dict.fromkeys(words)), "tags": tags, "names": names}


def _hit(row: Sequence[Any]) -> Hit:
    identity, at, text, user, lang, emotion, score, second, ambiguous, hashtags, attention, source, line = row
    created: datetime | None = at.replace(tzinfo=UTC) if at is not None else None
    weights = [(entry["word"], entry["weight"]) for entry in attention or []]
    return Hit(
        identity,
        created,
        text,
        user,
        lang,
        emotion,
        score,
        second,
        ambiguous,
        hashtags or [],
        weights,
        source,
        line,
        [],
    )


def _highlighted(hit: Hit, asked: dict[str, list[str]]) -> Hit:
    words = set(asked["words"])
    spans = (
        {(token.start, token.end) for token in tokenizer().spans(hit.text) if token.word in words} if words else set()
    )
    for mark, kind in (("#", "tags"), ("@", "names")):
        spans |= {m.span() for m in re.finditer(rf"{mark}(\w+)", hit.text) if m[1].lower() in asked[kind]}
    return replace(hit, highlights=_joined(sorted(span for span in spans if span[0] < span[1])))


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans with those that overlap joined."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
