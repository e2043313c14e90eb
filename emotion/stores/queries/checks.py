"""What is checked of a question before a store answers it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emotion.errors import StoreError, UsageError
from emotion.stores.answers import KINDS, PERIODS, Filter, Kind, Period
from emotion.stores.queries.words import asked

if TYPE_CHECKING:
    from emotion.text.rules import Rules


def checked(filter: Filter, emotions: Sequence[str], store: object, rules: Callable[[], "Rules"]) -> Filter:
    """The filter with its emotion as the store spells it.

    Raises:
        UsageError: the store knows no such emotion, no tweet can hold its words, or something in it is no text.
    """
    for value in (filter.query, filter.hashtag, filter.user, filter.lang):
        _check_text(value or "")
    if filter.query:
        asked(filter.query, rules(), lambda _: ())
    if filter.emotion is None or filter.emotion in emotions:
        return filter
    for emotion in emotions:
        if emotion.casefold() == filter.emotion.casefold():
            return replace(filter, emotion=emotion)
    raise UsageError(f"The store {store} knows no emotion {filter.emotion!r}; it has {', '.join(emotions)}.")


def _check_text(value: str) -> None:
    """Refuse what no tweet can hold.

    Raises:
        UsageError: it holds half a character, as an argument that is not UTF-8 does.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{value!r} holds half a character, which no tweet does. Write it in UTF-8.") from None


def known_kind(kind: Kind) -> Kind:
    """The kind of terms.

    Raises:
        UsageError: there is no such kind.
    """
    if kind not in KINDS:
        raise UsageError(f"There is no top of {kind!r}; choose {', '.join(KINDS)}.")
    return kind


def known_period(by: Period) -> Period:
    """The period of a timeline.

    Raises:
        UsageError: there is no such period.
    """
    if by not in PERIODS:
        raise UsageError(f"A timeline goes by {', '.join(PERIODS)}, not by {by!r}.")
    return by


def rules_of(kept: Mapping[str, Any] | None, place: object) -> "Rules":
    """The cleaning that documents went through, as a store keeps it; the usual one where it does not say.

    Raises:
        StoreError: this program does not know such rules.
    """
    from pydantic import ValidationError

    from emotion.text.rules import Rules

    try:
        return Rules() if kept is None else Rules.model_validate(kept)
    except ValidationError:
        raise StoreError(f"The cleaning rules in {place} are none that this program knows. Update emotion.") from None
