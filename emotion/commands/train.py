"""`emotion train`: a recipe in, a bundle out. `emotion evaluate`: what a bundle is worth on a labelled file."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.models.bundle import Bundle
    from emotion.sets.labelled import LabelledSet

TRAIN_EXAMPLES = """
[bold]Examples[/bold]

  emotion train configs/shipped.yaml --to runs/mine --data-root ~/data\n
  emotion train configs/carer.yaml --to runs/small --set model.hidden=32 --set seed=7
"""
EVALUATE_EXAMPLES = """
[bold]Examples[/bold]

  emotion evaluate --data carer/test.txt\n
  emotion evaluate --model runs/mine --data posts.csv --text-field body --label-field feeling --json
"""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("train", epilog=TRAIN_EXAMPLES)(train)
    app.command("evaluate", epilog=EVALUATE_EXAMPLES)(evaluate)


def train(
    recipe: Annotated[Path, typer.Argument(help="YAML recipe: see configs/.", show_default=False)],
    to: Annotated[Path, typer.Option("--to", help="Directory for the bundle.", show_default=False)],
    data_root: Annotated[
        Path, typer.Option(envvar="EMOTION_DATA", help="Folder below which the recipe names its data.")
    ] = Path(),
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change a key of the recipe: a.b=value. May be repeated.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads; with one, the same run gives the same id.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print what was measured as JSON.")] = False,
) -> None:
    """Train a model from a recipe, measure it beside the linear baseline, and write it as a bundle with its card."""
    import torch

    from emotion.training.console import ConsoleWatcher
    from emotion.training.recipe import read_recipe
    from emotion.training.trainer import train as run

    read = read_recipe(recipe, changes or ())
    _check_target(to)
    torch.set_num_threads(threads)
    try:
        with ConsoleWatcher() as watcher:
            bundle = run(read, data_root, watcher)
    except KeyboardInterrupt:
        print("emotion: stopped; nothing was written", file=sys.stderr)
        raise typer.Exit(130) from None
    bundle.save(to)
    _show_bundle(bundle, to, json)


def evaluate(
    data: Annotated[Path, typer.Option("--data", help="Labelled file.", show_default=False)],
    model: Annotated[str | None, typer.Option(help="Bundle: a path, or a name. [dim]Default: shipped[/dim]")] = None,
    format: Annotated[str | None, typer.Option(help="Format of the file. [dim]Default: looked at[/dim]")] = None,
    text_field: Annotated[str, typer.Option(help="Column that holds the text.")] = "text",
    label_field: Annotated[str, typer.Option(help="Column that holds the label, or several separated by commas.")] = (
        "label"
    ),
    engine: Annotated[str, typer.Option(help="exact (float32) or fast.")] = "exact",
    json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Measure a bundle on a labelled file: each head on the labels that it shares with the file."""
    from emotion.sets.formats import Columns, detect, read

    if engine not in ("exact", "fast"):
        raise UsageError(f"--engine {engine!r} is none of exact, fast.")
    several = tuple(label_field.split(","))
    columns = Columns(text=text_field, label=several[0], labels=several if len(several) > 1 else None)
    rows = read(data, _format(format) or detect(data), columns)
    try:
        numbers = _measured(rows, model, engine)
    except KeyboardInterrupt:
        print("emotion: stopped", file=sys.stderr)
        raise typer.Exit(130) from None
    if not numbers:
        raise UsageError(f"The model and {data} share fewer than two labels; the file's are {', '.join(rows.labels)}.")
    _show_numbers(str(data), numbers, json)


def _measured(rows: "LabelledSet", model: str | None, engine: Any) -> dict[str, Any]:
    from emotion.evaluation.measure import measures
    from emotion.models.config import primary_head, profile_head
    from emotion.predictor import Predictor

    predictor = Predictor.load(model, engine=engine)
    predictions = predictor(rows.texts)
    heads = predictor.bundle.heads
    found = {primary_head(heads).name: predictions.scores}
    if (profile := profile_head(heads)) is not None and not profile.primary:
        found[profile.name] = predictions.profile
    return measures(heads, found, rows)


def _format(name: str | None) -> Any:
    from emotion.sets.formats import Format

    if name is not None and name not in get_args(Format):
        raise UsageError(f"--format {name!r} is none of {', '.join(get_args(Format))}.")
    return name


def _check_target(to: Path) -> None:
    """Refuse before training what would be refused after it."""
    if to.exists() and not to.is_dir():
        raise UsageError(f"--to {to} is a file; name a directory.")
    if to.is_dir() and any(to.iterdir()) and not (to / "bundle.json").exists():
        raise UsageError(f"--to {to} holds other things than a bundle; name a new directory.")
    above = next(parent for parent in to.absolute().parents if parent.exists())
    if not os.access(to if to.exists() else above, os.W_OK):
        raise UsageError(f"--to {to} cannot be written.")


def _show_bundle(bundle: "Bundle", to: Path, json: bool) -> None:
    for name, found in bundle.metrics["sets"].items():
        for split in ("validation", "test"):
            if found.get(split) and not json:
                _show_numbers(f"{name}, {split}", found[split], json=False)
    if json:
        _print_json({"id": bundle.id, "bundle": str(to), "metrics": bundle.metrics})
    else:
        typer.echo(f"Bundle {bundle.id} is in {to}. Its card: {to / 'README.md'}")


def _show_numbers(title: str, numbers: dict[str, Any], json: bool) -> None:
    if json:
        _print_json(numbers)
        return
    from emotion.training.console import print_numbers

    print_numbers(title, numbers)


def _print_json(document: Any) -> None:
    import orjson

    typer.echo(orjson.dumps(document).decode())
