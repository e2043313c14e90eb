"""Short ways to read a live source to its end."""

from collections.abc import Callable
from typing import Any

import orjson

from emotion.tweets.live.source import Event, Gap, Item, LiveSource

Until = Callable[[list[Item]], bool]


def items(
    source: LiveSource, cursor: str | None = None, until: Until | None = None, most: int | None = None
) -> list[Item]:
    """What it gives, closed as soon as `until` holds of it."""
    found: list[Item] = []
    for item in source.read(cursor, most):
        found.append(item)
        if until is not None and until(found):
            source.close()
            until = None
    return found


def events(found: list[Item]) -> list[Event]:
    return [item for item in found if isinstance(item, Event)]


def gaps(found: list[Item]) -> list[Gap]:
    return [item for item in found if isinstance(item, Gap)]


def records(found: list[Item]) -> list[Any]:
    return [orjson.loads(event.raw) for event in events(found)]


def ids(found: list[Item]) -> list[str]:
    """Ids of API v1.1 or of v2."""
    return [str(record["data"]["id"] if "data" in record else record["id_str"]) for record in records(found)]


def many(count: int) -> Until:
    """Whether there are so many events."""
    return lambda found: len(events(found)) >= count
