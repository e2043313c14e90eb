"""Single tweets: those with all the words asked for, and the strongest of each emotion."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

from emotion.stores.answers import NONE, Filter, Found, Hit
from emotion.stores.queries.documents import Documents
from emotion.stores.queries.filters import conditions

if TYPE_CHECKING:
    from emotion.text.rules import Rules
    from emotion.text.tokens import Token

Asked = Mapping[str, Sequence[str]]

_COLUMNS = """
    tweet_id, moment, text, user_name, lang, counted, score, second, ambiguous, hashtags, attention, source, line, words
"""
_SEARCH = f"""
    SELECT {_COLUMNS} FROM documents WHERE {{condition}} ORDER BY moment DESC NULLS LAST, tweet_id LIMIT $limit
"""
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
_OFTEN = 1000  # a count against which words that the document does not hold are unlikely
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


def search(documents: Documents, query: str, filter: Filter, limit: int, unfinished: bool, rules: "Rules") -> Found:
    """Tweets that hold every word of the query, newest first, ties by id; `#tag` and `@name` are matched as such."""
    asked = _asked(documents, query, rules)
    condition, parameters = conditions(filter)
    wanted = {name: values for name, values in asked.items() if values}
    condition = " AND ".join([condition, *(_HOLDS[name] for name in wanted)])
    total = documents.rows(_TOTAL.format(condition=condition), parameters | wanted)[0][0]
    rows = documents.rows(_SEARCH.format(condition=condition), parameters | wanted | {"limit": limit})
    return Found(total, [_hit(row, rules, asked) for row in rows], unfinished)


def examples(
    documents: Documents, filter: Filter, emotions: Sequence[str], limit: int, rules: "Rules"
) -> dict[str, list[Hit]]:
    """The tweets of highest score of each emotion, equal texts once; none has no examples."""
    condition, parameters = conditions(filter)
    rows = documents.rows(_EXAMPLES.format(condition=condition), parameters | {"limit": limit, "none": NONE})
    answer: dict[str, list[Hit]] = {emotion: [] for emotion in emotions if emotion != NONE}
    for hit in (_hit(row, rules, {}) for row in rows):
        answer.setdefault(hit.emotion, []).append(hit)
    return answer


def _asked(documents: Documents, query: str, rules: "Rules") -> Asked:
    """The query's words after cleaning, its hashtags and its names in lower case."""
    tags = [tag[1:].lower() for tag in re.findall(r"(?<!\w)#\w+", query)]
    names = [name[1:].lower() for name in re.findall(r"(?<!\w)@\w+", query)]
    rest = re.sub(r"(?<!\w)[#@]\w+", " ", query)
    return {"words": list(dict.fromkeys(_cleaned(documents, rest, rules))), "tags": tags, "names": names}


class _Forms(dict[str, int]):
    """Counts that know no word, and keep which words the cleaning wanted to know."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[str] = []

    def __contains__(self, word: object) -> bool:
        self.wanted.append(str(word))
        return False


def _cleaned(documents: Documents, text: str, rules: "Rules") -> list[str]:
    """The words of a text; elongations end in the form that the store's tweets have, as the vocabulary is not there."""
    from emotion.text.tokens import Tokenizer

    forms = _Forms()
    words = Tokenizer(rules, forms).tokens(text)
    if not forms.wanted:
        return words
    known = [word for (word,) in documents.rows(_KNOWN, {"forms": forms.wanted})]
    return Tokenizer(rules, dict.fromkeys(known, _OFTEN)).tokens(text)


def _hit(row: Sequence[Any], rules: "Rules", asked: Asked) -> Hit:
    identity, at, text, user, lang, emotion, score, second, ambiguous, hashtags, attention, source, line, words = row
    weights = [(entry["word"], entry["weight"]) for entry in attention or []]
    tokens = _placed(text, words, rules)
    return Hit(
        tweet_id=identity,
        created_at=at.replace(tzinfo=UTC) if at is not None else None,
        text=text,
        user_name=user,
        lang=lang,
        emotion=emotion,
        score=score,
        second=second,
        ambiguous=ambiguous,
        hashtags=hashtags or [],
        attention=weights,
        source=source,
        line=line,
        highlights=_highlights(text, tokens, asked),
        shades=_shades(tokens, weights),
    )


def _placed(text: str, words: Iterable[str] | None, rules: "Rules") -> list["Token"]:
    """Words with their places; hashtags are cut and elongations end as in the document's own `words`."""
    from emotion.text.tokens import Tokenizer

    return Tokenizer(rules, dict.fromkeys(words or (), _OFTEN)).spans(text)


def _shades(tokens: Sequence["Token"], attention: Sequence[tuple[str, float]]) -> list[tuple[int, int, float]]:
    """Where the words of a tweet's attention stand in its text: start, end and weight."""
    weights = dict(reversed(attention))
    spans: dict[tuple[int, int], float] = {}
    for token in tokens:
        if token.word in weights:
            place = (token.start, token.end)
            spans[place] = max(spans.get(place, 0.0), weights[token.word])
    return [(start, end, weight) for (start, end), weight in sorted(spans.items()) if end > start]


def _highlights(text: str, tokens: Sequence["Token"], asked: Asked) -> list[tuple[int, int]]:
    words = set(asked.get("words", ()))
    spans = {(token.start, token.end) for token in tokens if token.word in words}
    for mark, kind in (("#", "tags"), ("@", "names")):
        held = set(asked.get(kind, ()))
        spans |= {match.span() for match in re.finditer(rf"{mark}(\w+)", text) if match[1].lower() in held}
    return _joined(sorted(span for span in spans if span[0] < span[1]))


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans with those that overlap joined."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
