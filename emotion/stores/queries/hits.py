"""What a search asks for, and a tweet found: its words placed in its text. The same whatever store it comes from."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

from emotion.errors import UsageError
from emotion.stores.answers import Hit
from emotion.stores.queries.checks import check_text
from emotion.stores.queries.ranking import fold

if TYPE_CHECKING:
    from emotion.text.rules import Rules
    from emotion.text.tokens import Token

Asked = Mapping[str, Sequence[str]]  # "words", "tags" and "names" to their values

COLUMNS = (
    *("tweet_id", "moment", "text", "user_name", "lang", "counted", "score", "second", "ambiguous"),
    *("hashtags", "attention", "source", "line", "words"),
)
_OFTEN = 1000  # a count against which words that the document does not hold are unlikely


def asked(query: str, rules: "Rules", known: Callable[[list[str]], Iterable[str]]) -> Asked:
    """The query's words after cleaning, its hashtags and its names in lower case.

    `known` tells which of some words the store's tweets hold.

    Raises:
        UsageError: the query is more than blanks, but nothing of it is left that a tweet could hold.
    """
    check_text(query)
    tags = [fold(tag[1:]) for tag in re.findall(r"(?<!\w)#\w+", query)]
    names = [fold(name[1:]) for name in re.findall(r"(?<!\w)@\w+", query)]
    rest = re.sub(r"(?<!\w)[#@]\w+", " ", query)
    wanted = {"words": list(dict.fromkeys(_cleaned(rest, rules, known))), "tags": tags, "names": names}
    if query.strip() and not any(wanted.values()):
        raise UsageError(f"Nothing of {query!r} can be searched: the model's cleaning leaves no word of it.")
    return wanted


class _Forms(dict[str, int]):
    """Counts that know no word, and keep which words the cleaning wanted to know."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[str] = []

    def __contains__(self, word: object) -> bool:
        self.wanted.append(str(word))
        return False


def _cleaned(text: str, rules: "Rules", known: Callable[[list[str]], Iterable[str]]) -> list[str]:
    """The words of a text; elongations end in the form that the store's tweets have, as the vocabulary is not there."""
    from emotion.text.tokens import Tokenizer

    forms = _Forms()
    words = Tokenizer(rules, forms).tokens(text)
    if not forms.wanted:
        return words
    return Tokenizer(rules, dict.fromkeys(known(forms.wanted), _OFTEN)).tokens(text)


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
        spans |= {match.span() for match in re.finditer(rf"{mark}(\w+)", text) if fold(match[1]) in held}
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
