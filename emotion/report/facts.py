"""All that the page tells of a store, asked once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from emotion.errors import UsageError
from emotion.stores.answers import (
    NONE,
    Bucket,
    Filter,
    Gap,
    Hit,
    Period,
    Rhythm,
    SignificantTerm,
    Summary,
    Term,
)  # fmt: skip
from emotion.stores.opening import open_queries
from emotion.stores.protocol import Queries
from emotion.stores.queries.zones import zone_of

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TERMS = 12
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Facts:
    """Answers of one store; `emotions` in the store's order, with none unless everything is counted."""

    store: str
    filter: Filter
    emotions: Sequence[str]
    everything: bool
    zone: str
    summary: Summary
    by: Period
    timeline: Sequence[Bucket]
    rhythm: Rhythm
    gaps: Sequence[Gap]
    hashtags: Sequence[Term]
    entities: Sequence[Term]
    marking_words: dict[str, list[SignificantTerm]]
    marking_hashtags: dict[str, list[SignificantTerm]]
    emoji: dict[str, list[Term]]
    examples: dict[str, list[Hit]]
    run: dict[str, Any] | None

    @property
    def clock(self) -> tzinfo:
        """By which times are told."""
        return zone_of(self.zone)

    @property
    def felt(self) -> list[str]:
        """The emotions without none."""
        return [emotion for emotion in self.emotions if emotion != NONE]


def gather(store: str, filter: Filter, everything: bool, zone: str = "UTC") -> Facts:
    """Ask a store for all of it; each question reads only the columns it needs."""
    with open_queries(store, everything, zone) as queries:
        filter = queries.checked(filter)
        summary = queries.summary(filter)
        by = period(summary.first, summary.last)
        return Facts(
            store=store,
            filter=filter,
            emotions=queries.emotions,
            everything=everything,
            zone=zone,
            summary=summary,
            by=by,
            timeline=queries.timeline(by, filter),
            rhythm=queries.rhythm(replace(filter, emotion=None)),  # shares are of all tweets
            gaps=_gaps(queries, filter),
            hashtags=queries.top("hashtags", filter, _TERMS),
            entities=queries.top("entities", filter, _TERMS),
            marking_words=queries.significant("words", filter, _TERMS),
            marking_hashtags=queries.significant("hashtags", filter, 4),
            emoji=queries.top_by_emotion("emoji", filter, 6),
            examples=queries.examples(filter, _EXAMPLES),
            run=queries.run,
        )


def _gaps(queries: Queries, filter: Filter) -> list[Gap]:
    """What a directory tells, and an index does not."""
    try:
        return queries.gaps(filter)
    except UsageError:
        return []


def chosen(facts: Facts) -> str:
    """Which tweets the filter lets through, in words; empty where it is all of them."""
    filter = facts.filter
    felt = "" if filter.felt is None else f"that hold {'a' if filter.felt else 'no'} feeling"
    told = [
        f"that hold “{filter.query}”" if filter.query else "",
        f"of {filter.emotion}" if filter.emotion else "",
        felt,
        f"with #{filter.hashtag.lstrip('#@')}" if filter.hashtag is not None else "",
        f"by @{filter.user.lstrip('#@')}" if filter.user is not None else "",
        f"in {filter.lang}" if filter.lang is not None else "",
        f"from {_at(filter.since, facts)} on" if filter.since else "",
        f"before {_at(filter.until, facts)}" if filter.until else "",
    ]
    return ", ".join(part for part in told if part)


def _at(time: datetime, facts: Facts) -> str:
    time = time.astimezone(facts.clock)
    day = f"{time.day} {time:%B} {time.year}"
    return day if time.time() == datetime.min.time() else f"{day}, {time:%H:%M} {facts.zone}"


def period(first: datetime | None, last: datetime | None) -> Period:
    """The period that cuts a time into about 20 to 400 pieces."""
    days = (last - first).days if first and last else 0
    return "hour" if days < 5 else "day" if days < 400 else "week" if days < 2600 else "month"


def when(time: datetime, by: Period) -> str:
    """A period's name for people."""
    if by == "month":
        return f"{time:%B} {time.year}"
    return f"{time:%a} {time.day} {time:%b} {time.year}" + (f" {time:%H}:00" if by == "hour" else "")


def minutes(many: float) -> str:
    """So many minutes for people."""
    if many < 90:
        return f"{many:.0f} min"
    return f"{many / 60:.0f} h" if many < 48 * 60 else f"{many / 1440:.0f} days"
