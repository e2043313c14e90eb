"""What the query commands share: their options, the filter these make, and answers for programs."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emotion.commands.options import time_of
from emotion.commands.shown.terminal import harmless
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.stores.answers import Filter

Store = Annotated[
    str,
    typer.Argument(
        help="Store that `emotion label` made: a directory, s3://bucket/folder, or http://host:port/alias.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV, for programs.")]
All = Annotated[bool, typer.Option("--all", help="Count the best emotion even where nothing is felt, not as none.")]
Emotion = Annotated[str | None, typer.Option(help="Only tweets of this emotion; none for those that hold no feeling.")]
Hashtag = Annotated[str | None, typer.Option(help="Only tweets with this hashtag.")]
User = Annotated[str | None, typer.Option(help="Only tweets of this user: a name, or an id.")]
Lang = Annotated[str | None, typer.Option(help="Only tweets in this language, as their source names it: en.")]
Felt = Annotated[bool | None, typer.Option("--felt/--not-felt", help="Only tweets with a feeling, or without.")]


def filter_of(since: str | None, until: str | None, **others: Any) -> "Filter":
    """The filter of a command's options."""
    from emotion.stores.answers import Filter

    return Filter(since=time_of(since, "--since"), until=time_of(until, "--until"), **others)


def for_programs(answer: Any, rows: list[dict[str, Any]], columns: Sequence[str], json: bool, csv: bool) -> bool:
    """Print the answer as JSON or its rows as CSV where that is asked for; says whether it was.

    On a terminal, which would obey them, control characters are shown as signs.
    """
    if json and csv:
        raise UsageError("--json and --csv were both given; choose one.")
    if json:
        import orjson

        _write(f"{orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode()}\n")
    elif csv:
        from emotion.stores.export import csv_text

        _write(csv_text(rows, columns))
    return json or csv


def _write(text: str) -> None:
    typer.echo(harmless(text) if sys.stdout.isatty() else text, nl=False)
