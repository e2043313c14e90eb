"""A tweet found, its words placed in its text: the same whatever store it comes from."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

from emotion.stores.answers import Hit
from emotion.stores.queries.words import NAME, OFTEN, Asked, fold, head

if TYPE_CHECKING:
    from emotion.text.rules import Rules
    from emotion.text.tokens import Token

COLUMNS = (
    *("tweet_id", "moment", "text", "user_name", "lang", "counted", "score", "second", "ambiguous"),
    *("hashtags", "attention", "source", "line", "words"),
)


def hit(row: Sequence[Any], rules: "Rules", asked: Asked) -> Hit:
    """The hit of a row with the values of `COLUMNS`, the time in UTC without a zone."""
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

    return Tokenizer(rules, dict.fromkeys(words or (), OFTEN)).spans(text)


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
    tags = set(asked.get("tags", ()))
    spans |= {match.span() for match in re.finditer(r"#(\w+)", text) if fold(match[1]) in tags}
    spans |= set(_called(text, asked))
    return _joined(sorted(span for span in spans if span[0] < span[1]))


def _called(text: str, asked: Asked) -> Iterator[tuple[int, int]]:
    """Where the text calls the names asked for; of what looks like a handle, X may mean the head alone."""
    handles = set(asked.get("handles", ()))
    heads = {*asked.get("names", ()), *map(head, handles)}
    for match in NAME.finditer(text):
        first, whole = match.start(), fold(match[1])
        if whole in handles:
            yield first, match.end()
        elif head(whole) in heads:
            yield first, first + 1 + len(head(whole))


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans with those that overlap joined."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
