"""Filters as SQL conditions; what the user gave is always a bound parameter."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from emotion.stores.answers import Filter
from emotion.stores.queries.documents import Documents

_CONDITIONS = {
    "emotion": "counted = $emotion",
    "since": "created_at >= $since",  # not `moment`: files keep statistics of their own columns, to be skipped by
    "until": "created_at < $until",
    "hashtag": "list_contains(list_transform(hashtags, lambda tag: lower(tag)), lower($hashtag))",
    "user": "(lower(user_name) = lower($user) OR user_id = $user)",
    "lang": "lower(lang) = lower($lang)",
    "felt": "felt = $felt",
}
_CALLED = "list_transform(mentions, lambda called: lower(called))"
_HEAD = "regexp_extract(name, '^[^.-]*')"
_HOLDS = {
    "words": "list_has_all(words, $words)",
    "tags": "list_has_all(list_transform(hashtags, lambda tag: lower(tag)), $tags)",
    "names": f"list_has_all(list_concat({_CALLED}, list_transform({_CALLED}, lambda name: {_HEAD})), $names)",
    "handles": f"len(list_filter($handles, lambda name: NOT list_has_any({_CALLED}, [name, {_HEAD}]))) = 0",
}


def conditions(documents: Documents, filter: Filter) -> tuple[str, dict[str, Any]]:
    """The condition and its parameters; `true` for a filter that asks nothing."""
    rest = replace(filter, query=None)
    given = {field.name: getattr(rest, field.name) for field in fields(rest)}
    parameters = {name: _bound(name, value) for name, value in given.items() if value is not None}
    held = {name: list(values) for name, values in documents.asked(filter.query).items() if values}
    tests = [*(_CONDITIONS[name] for name in parameters), *(_HOLDS[name] for name in held)]
    return " AND ".join(tests) or "true", parameters | held


def _bound(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return value.lstrip("#@") if name in ("hashtag", "user") else value
