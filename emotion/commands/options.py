"""Options that several commands have, each said once."""

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
