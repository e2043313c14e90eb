"""Options that several commands have, each said once."""

import re
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated, Literal

import typer

from emotion.errors import UsageError

Model = Annotated[str | None, typer.Option(help="Bundle: a path, or a name. [dim]Default: shipped[/dim]")]
Engine = Annotated[str, typer.Option(help="exact (float32) or fast (half precision, a few labels differ).")]
Device = Annotated[str, typer.Option(help="cpu, cuda, or auto: a GPU where there is one.")]
DataRoot = Annotated[Path, typer.Option(envvar="EMOTION_DATA", help="Folder below which recipes name their data.")]
Track = Annotated[
    list[str] | None, typer.Option("--track", help="Tell tensorboard, mlflow or wandb of it. May be repeated.")
]

Since = Annotated[str | None, typer.Option(help="Only tweets from this date or time on (UTC).")]
Until = Annotated[str | None, typer.Option(help="Only tweets before this date or time (UTC).")]
Entities = Annotated[
    str | None, typer.Option(help="Find named entities: names, a file with a name a line, spacy:MODEL, or several.")
]

Format = Annotated[str | None, typer.Option(help="Read every file as this format instead of looking.")]
TextField = Annotated[str | None, typer.Option(help="Field or column that holds the text.")]
IdField = Annotated[str | None, typer.Option(help="Field or column that holds the id.")]
DateField = Annotated[str | None, typer.Option(help="Field or column that holds the time.")]
LangField = Annotated[str | None, typer.Option(help="Field or column that holds the language.")]
UserField = Annotated[str | None, typer.Option(help="Field or column that holds the user's name.")]


def engine_named(engine: str) -> Literal["exact", "fast"]:
    """The engine; a UsageError where there is none of this name."""
    if engine == "exact":
        return "exact"
    if engine == "fast":
        return "fast"
    raise UsageError(f"--engine {engine!r} is none of exact, fast.")


def time_of(value: str | None, option: str, zone: tzinfo = UTC) -> datetime | None:
    """A date or an ISO 8601 time, by the zone's clock unless it says otherwise.

    Raises:
        UsageError: the value is neither.
    """
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
        return (time.replace(tzinfo=zone) if time.tzinfo is None else time).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{option} {value!r} is not a date; write 2017-01-26 or 2017-01-26T16:00:00+00:00.") from None


def moment(value: str | None, option: str) -> int | None:
    """Microseconds since 1970 of the same."""
    time = time_of(value, option)
    return None if time is None else round(time.timestamp() * 1_000_000)


def language_codes(value: str | None) -> tuple[frozenset[str] | None, bool]:
    """The set of codes in `en,fr`, and whether `all` was said.

    Raises:
        UsageError: something in it is no language code.
    """
    if value is None:
        return None, False
    if value == "all":
        return None, True
    codes = [code.strip().lower() for code in value.split(",")]
    wrong = [code for code in codes if not re.fullmatch(r"[a-z]{2,3}(-[a-z]{2,4})?", code)]
    if wrong:
        raise UsageError(f"--lang {value!r}: {wrong[0]!r} is no language code; write en, or en,fr, or all.")
    return frozenset(codes), False
