"""`emotion export|report`: a store's tweets, or a page about them, as a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion.commands.query_options import All, Store, Zone, filtered, opened
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.stores.answers import Filter


@filtered
def export(
    store: Store,
    filter: "Filter",
    to: Annotated[Path, typer.Option("--to", help="File to write: .csv, .jsonl or .parquet.", show_default=False)],
    columns: Annotated[
        str | None, typer.Option(help="Only these: tweet_id,created_at,counted. [dim]Default: all[/dim]")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most tweets, the first in the store's order.")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="So many tweets by chance, the same each time.")] = None,
    seed: Annotated[int | None, typer.Option(help="With --sample: another number, another sample.")] = None,
    all: All = False,
) -> None:
    """Write documents, with the emotion as which each is counted, to a file for other programs."""
    from emotion.stores.answers import Sample
    from emotion.stores.export import export as write
    from emotion.stores.queries.columns import every_column

    if seed is not None and sample is None:
        raise UsageError(f"--seed {seed} chooses a sample, and none is asked for: say how many tweets with --sample.")
    with opened(store, all) as queries:
        names = every_column() if columns is None else [name.strip() for name in columns.split(",")]
        documents = queries.documents(filter, names, None if sample is None else Sample(sample, seed or 0))
        count = write(documents, to, limit)
    typer.echo(f"{count:,} documents written to {to}.")


@filtered
def report(
    store: Store,
    filter: "Filter",
    to: Annotated[Path, typer.Option("--to", help="Page to write.")] = Path("report.html"),
    zone: Zone = "UTC",
    all: All = False,
) -> None:
    """Write one HTML page with charts, which needs nothing else: no server, no network."""
    from emotion.report.page import write_report

    with opened(store, all, zone):
        write_report(store, to, filter, everything=all, zone=zone)
    typer.echo(f"The page is {to}.")
