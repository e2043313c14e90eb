"""Filters as SQL conditions; what the user gave is always a bound parameter."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from emotion.stores.answers import Filter

_CONDITIONS = {
    "emotion": "counted = $emotion",
    "since": "moment >= $since",
    "until": "moment < $until",
    "hashtag": "list_contains(list_transform(hashtags, lambda tag: lower(tag)), lower($hashtag))",
    "user": "(lower(user_name) = lower($user) OR user_id = $user)",
    "lang": "lower(lang) = lower($lang)",
    "felt": "felt = $felt",
}


def conditions(filter: Filter) -> tuple[str, dict[str, Any]]:
    """The condition and its parameters; `true` for a filter that asks nothing."""
    given = {field.name: getattr(filter, field.name) for field in fields(filter)}
    parameters = {name: _bound(name, value) for name, value in given.items() if value is not None}
    return " AND ".join(_CONDITIONS[name] for name in parameters) or "true", parameters


def _bound(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return value.lstrip("#@") if name in ("hashtag", "user") else value
