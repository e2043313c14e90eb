"""What the query commands share: their options, the filter these make, and answers for programs."""

import inspect
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emotion.commands.options import Since, Until, time_of
from emotion.commands.shown.terminal import harmless
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.stores.answers import Filter
    from emotion.stores.protocol import Queries

UNFINISHED = "This store is unfinished: a job on it has not come to its end, and answers may change."
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
Words = Annotated[
    str | None, typer.Option("--query", "-q", help="Only tweets that hold all of these words; #tags and @names too.")
]
Emotion = Annotated[str | None, typer.Option(help="Only tweets of this emotion; none for those that hold no feeling.")]
Hashtag = Annotated[str | None, typer.Option(help="Only tweets with this hashtag.")]
User = Annotated[str | None, typer.Option(help="Only tweets of this user: a name, or an id.")]
Lang = Annotated[str | None, typer.Option(help="Only tweets in this language, as their source names it: en.")]
Felt = Annotated[bool | None, typer.Option("--felt/--not-felt", help="Only tweets with a feeling, or without.")]
Zone = Annotated[
    str, typer.Option(help="Time zone of days and hours, and of dates that name none, such as Europe/London.")
]
_FILTERS: dict[str, Any] = {
    "query": Words,
    "emotion": Emotion,
    "since": Since,
    "until": Until,
    "hashtag": Hashtag,
    "user": User,
    "lang": Lang,
    "felt": Felt,
}


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each filter; of what they say it is given its parameter `filter`.

    An option that it has by itself is its own.
    """
    signature = inspect.signature(command)
    own = {name: parameter for name, parameter in signature.parameters.items() if name != "filter"}
    options = {name: kind for name, kind in _FILTERS.items() if name not in own}
    parameters = [
        *own.values(),
        *(
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=kind)
            for name, kind in options.items()
        ),
    ]

    @wraps(command)
    def asked(**given: Any) -> None:
        filter = _filter(given.get("zone", "UTC"), **{name: given.pop(name) for name in options})
        command(**given, filter=filter)

    asked.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    asked.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return asked


def _filter(zone: str, since: str | None, until: str | None, **others: Any) -> "Filter":
    """What the options say."""
    from emotion.stores.answers import Filter
    from emotion.stores.queries.zones import zone_of

    clock = zone_of(zone)
    return Filter(since=time_of(since, "--since", clock), until=time_of(until, "--until", clock), **others)


def opened(store: str, everything: bool, zone: str = "UTC") -> "Queries":
    """The store's answers; that it is unfinished is told on standard error, so that programs read what they expect."""
    from emotion.stores.opening import open_queries

    queries = open_queries(store, everything, zone)
    if queries.unfinished:
        typer.echo(UNFINISHED, err=True)
    return queries


def iso(time: datetime | None) -> str | None:
    """A time as rows for programs have it."""
    return time.isoformat().replace("+00:00", "Z") if time else None


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
