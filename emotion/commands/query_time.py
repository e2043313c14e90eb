"""`emotion timeline`: what a store says of time."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

from emotion.commands.query_options import All, Csv, Json, Store, filtered, for_programs, iso, opened

if TYPE_CHECKING:
    from emotion.stores.answers import Filter, Period


@filtered
def timeline(
    store: Store,
    filter: "Filter",
    by: Annotated[str, typer.Option(help="hour, day, week or month.")] = "day",
    all: All = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Emotions over time (UTC)."""
    with opened(store, all) as queries:
        period = cast("Period", by)
        buckets = queries.timeline(period, filter)
        rows = [{"start": iso(bucket.start), "tweets": bucket.tweets, **bucket.emotions} for bucket in buckets]
        if not for_programs(rows, rows, ("start", "tweets", *queries.emotions), json, csv):
            from emotion.commands.shown.store import show, timeline_table

            show(timeline_table(buckets, period, queries.emotions))
