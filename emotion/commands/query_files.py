"""`emotion export|report`: a store's tweets, or a page about them, as a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion.commands.query_options import All, Store, filtered, opened

if TYPE_CHECKING:
    from emotion.stores.answers import Filter


@filtered
def export(
    store: Store,
    filter: "Filter",
    to: Annotated[Path, typer.Option("--to", help="File to write: .csv, .jsonl or .parquet.", show_default=False)],
) -> None:
    """Write documents to a file for other programs."""
    from emotion.stores.export import export as write

    with opened(store, False) as queries:
        count = write(queries.documents(filter), to)
    typer.echo(f"{count:,} documents written to {to}.")


@filtered
def report(
    store: Store,
    filter: "Filter",
    to: Annotated[Path, typer.Option("--to", help="Page to write.")] = Path("report.html"),
    all: All = False,
) -> None:
    """Write one HTML page with charts, which needs nothing else: no server, no network."""
    from emotion.report.page import write_report

    with opened(store, all):
        write_report(store, to, filter, everything=all)
    typer.echo(f"The page is {to}.")
