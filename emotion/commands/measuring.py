"""What the commands that measure share: their options, and the labelled files they read."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.evaluation.evaluate import Depth
    from emotion.evaluation.held import Held, Named
    from emotion.sets.formats import Format
    from emotion.training.recipe import Recipe

DataFiles = Annotated[
    list[Path] | None, typer.Option("--data", help="Labelled file. May be repeated.", show_default=False)
]
KnownRecipe = Annotated[
    Path | None,
    typer.Option(help="Recipe that knows the sets of --data; without --data, all its sets count."),
]
FormatName = Annotated[str | None, typer.Option(help="Format of the files. [dim]Default: looked at[/dim]")]
TextField = Annotated[str | None, typer.Option(help="Column that holds the text. [dim]Default: text[/dim]")]
LabelField = Annotated[
    str | None,
    typer.Option(help="Column that holds the label, or several separated by commas. [dim]Default: label[/dim]"),
]
NoneLabel = Annotated[
    list[str] | None,
    typer.Option(
        "--none-label",
        help="Label that says that nothing is felt. May be repeated. [dim]Default: none, neutral, no emotion[/dim]",
        show_default=False,
    ),
]
Resamples = Annotated[int, typer.Option(min=0, help="Bootstrap resamples behind the intervals; 0 for none.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the resamples.")]


def refuse(beside: str, **options: object) -> None:
    """Refuse options that mean nothing beside another."""
    if given := [f"--{name.replace('_', '-')}" for name, value in options.items() if value]:
        raise UsageError(f"{', '.join(given)} cannot be used with {beside}; leave out either.")


def reader(
    data: list[Path] | None, recipe: object, format: str | None, text_field: str | None, label_field: str | None
) -> "Reader":
    """How labelled files are to be read; a recipe alone says it of its own."""
    from emotion.sets.formats import Format

    if recipe is not None and not data:
        refuse("--recipe without --data", format=format, text_field=text_field, label_field=label_field)
    if format is not None and format not in get_args(Format):
        raise UsageError(f"--format {format!r} is none of {', '.join(get_args(Format))}.")
    return Reader(data or [], format, text_field or "text", label_field or "label")


class Reader:
    """Reads labelled files as the options say; each of `data` is called by what tells it from the others."""

    def __init__(self, data: Sequence[Path], format: Any, text_field: str, label_field: str) -> None:
        self._data = data
        self._format: Format | None = format
        self._text, self._labels = text_field, tuple(label_field.split(","))

    def __call__(self, path: Path) -> "Named":
        from emotion.evaluation.held import Named
        from emotion.evaluation.known import called
        from emotion.sets.formats import Columns, detect, read

        several = self._labels if len(self._labels) > 1 else None
        columns = Columns(text=self._text, label=self._labels[0], labels=several)
        return Named(called(path, self._data), read(path, self._format or detect(path), columns))


def sets(
    data: "list[Path] | None", read: Reader, recipe: "Recipe | None", root: Path, none: Sequence[str] | None
) -> "list[Held]":
    """What to measure on: the files named, with what a recipe knows of them, or else all sets of the recipe.

    `none` are labels that say that nothing is felt, where they are not the usual ones.
    """
    from emotion.evaluation.held import Held
    from emotion.evaluation.known import held_file, held_sets

    if data:
        found = [
            Held(read(path)) if recipe is None else held_file(recipe.sets, root, path, read, recipe.renames, data)
            for path in data
        ]
    elif recipe is None:
        raise UsageError("Nothing to measure on: name a labelled file with --data, or a recipe with --recipe.")
    else:
        found = held_sets(recipe.sets, root, recipe.renames)
    return named_none(found, none)


def named_none(found: "list[Held]", none: Sequence[str] | None) -> "list[Held]":
    """Sets whose labels that say that nothing is felt are named, where they are."""
    if none is None:
        return found
    known = sorted({label for held in found for label in held.measured.rows.labels})
    if unknown := [label for label in none if label not in known]:
        raise UsageError(f"--none-label {unknown[0]!r} is no label of what is measured on: {', '.join(known[:30])}.")
    return [replace(held, none=tuple(none)) for held in found]


def depth(resamples: int, seed: int) -> "Depth":
    """How far evaluations go."""
    from emotion.evaluation.bootstrap import Resampling
    from emotion.evaluation.evaluate import Depth

    return Depth(Resampling(resamples, seed))


def check_target(to: Path | None) -> None:
    """Refuse before measuring what would be refused after it."""
    if to is not None and to.exists() and not to.is_dir():
        raise UsageError(f"--to {to} is a file; name a folder.")


def note(line: str) -> None:
    """Say what goes on to whoever waits at a terminal."""
    if sys.stderr.isatty():
        print(f"… {line}", file=sys.stderr)
