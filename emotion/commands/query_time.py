"""`emotion timeline|peaks|rhythm|gaps`: what a store says of time."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, cast

import typer

from emotion.commands.query_options import All, Csv, Json, Store, Zone, filtered, for_programs, iso, opened

if TYPE_CHECKING:
    from emotion.stores.answers import Filter, Period

_OF_A_PEAK = ("start", "emotion", "tweets", "usual", "hashtag")
_OF_A_GAP = ("emotion", "tweets", "lower", "median", "upper")


@filtered
def timeline(
    store: Store,
    filter: "Filter",
    by: Annotated[str, typer.Option(help="hour, day, week or month.")] = "day",
    zone: Zone = "UTC",
    all: All = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Emotions over time."""
    with opened(store, all, zone) as queries:
        period = cast("Period", by)
        buckets = queries.timeline(period, filter)
        rows = [{"start": iso(bucket.start), "tweets": bucket.tweets, **bucket.emotions} for bucket in buckets]
        if not for_programs(buckets, rows, ("start", "tweets", *queries.emotions), json, csv):
            from emotion.commands.shown.store import show, timeline_table

            show(timeline_table(buckets, period, queries.emotions))


@filtered
def peaks(
    store: Store,
    filter: "Filter",
    zone: Zone = "UTC",
    all: All = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """The day on which each emotion stood out most, if it did."""
    with opened(store, all, zone) as queries:
        found = queries.peaks(filter)
        rows = [asdict(peak) | {"start": iso(peak.start)} for peak in found]
        if not for_programs(found, rows, _OF_A_PEAK, json, csv):
            from emotion.commands.shown.over_time import peaks_view
            from emotion.commands.shown.store import show

            show(peaks_view(found, queries.emotions))


@filtered
def rhythm(
    store: Store,
    filter: "Filter",
    zone: Zone = "UTC",
    all: All = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Tweets by weekday and hour, on their author's own clock where it is known."""
    with opened(store, all, zone) as queries:
        found = queries.rhythm(filter)
        none = dict.fromkeys(queries.emotions, 0)
        rows = [
            {"weekday": each.weekday, "hour": each.hour, "tweets": sum(each.emotions.values()), **none, **each.emotions}
            for each in found.hours
        ]
        if not for_programs(found, rows, ("weekday", "hour", "tweets", *queries.emotions), json, csv):
            from emotion.commands.shown.over_time import rhythm_view
            from emotion.commands.shown.store import show

            show(rhythm_view(found, zone))


@filtered
def gaps(store: Store, filter: "Filter", all: All = False, json: Json = False, csv: Csv = False) -> None:
    """Minutes since the same author's tweet before, by emotion (a directory alone tells them)."""
    with opened(store, all) as queries:
        found = queries.gaps(filter)
        if not for_programs(found, [asdict(gap) for gap in found], _OF_A_GAP, json, csv):
            from emotion.commands.shown.over_time import gaps_table
            from emotion.commands.shown.store import show

            show(gaps_table(found, queries.emotions))
