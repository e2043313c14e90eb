"""`emotion compare`: two models on the same labelled texts, and whether one is better by more than chance."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion.commands import measuring
from emotion.commands.options import DataRoot, Engine, engine_named
from emotion.commands.stopping import stoppable
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.evaluation.comparison import Comparison
    from emotion.evaluation.held import Held

EXAMPLES = """
[bold]Examples[/bold]

  emotion compare shipped runs/mine --data carer/test.txt\n
  emotion compare runs/old runs/new --data posts.csv --to pages\n
  emotion compare runs/old runs/new --recipe configs/union.yaml
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare", epilog=EXAMPLES)(compare)


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="Bundle: a path, or a name.", show_default=False)],
    second: Annotated[str, typer.Argument(metavar="B", help="Bundle: a path, or a name.", show_default=False)],
    data: measuring.DataFiles = None,
    recipe: measuring.KnownRecipe = None,
    data_root: DataRoot = Path(),
    format: measuring.FormatName = None,
    text_field: measuring.TextField = None,
    label_field: measuring.LabelField = None,
    none_label: measuring.NoneLabel = None,
    engine: Engine = "exact",
    resamples: measuring.Resamples = 1000,
    seed: measuring.Seed = 0,
    speed: Annotated[bool, typer.Option(help="Time both models on one thread.")] = True,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder for comparison.json and report.html.", show_default=False)
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Measure two models on the same texts: what differs, by how much, how surely, and on which texts."""
    from emotion.training.recipe import read_recipe

    measuring.check_target(to)
    read = measuring.reader(data, recipe, format, text_field, label_field)
    with stoppable():
        known = None if recipe is None else read_recipe(recipe)
        comparison = _compared(
            (first, second), measuring.sets(data, read, known, data_root, none_label), engine, (resamples, seed), speed
        )
    if to is not None:
        _write(comparison, to)
    _print(comparison, json)


def _write(comparison: "Comparison", to: Path) -> None:
    from emotion.evaluation.comparison import dump
    from emotion.report.comparison import write_comparison
    from emotion.stores.files import write_whole

    to.mkdir(parents=True, exist_ok=True)
    write_whole(to / "comparison.json", dump(comparison))
    write_comparison(comparison, to / "report.html")
    print(f"Written: {to / 'comparison.json'} and {to / 'report.html'}", file=sys.stderr)


def _print(comparison: "Comparison", json: bool) -> None:
    from rich.console import Console

    from emotion.commands.shown.comparisons import comparison_view
    from emotion.evaluation.comparison import dump

    if json:
        typer.echo(dump(comparison).decode())
    else:
        Console(highlight=False, emoji=False, markup=False).print(comparison_view(comparison))


def _compared(
    models: tuple[str, str], sets: "list[Held]", engine: str, resampling: tuple[int, int], speed: bool
) -> "Comparison":
    from emotion.evaluation.bootstrap import Resampling
    from emotion.evaluation.compare import compare as run
    from emotion.evaluation.speed import speeds
    from emotion.predictor import Predictor

    named = engine_named(engine)
    first, second = (Predictor.load(model, engine=named) for model in models)
    if first.bundle.id == second.bundle.id:
        raise UsageError(f"{models[0]} and {models[1]} are the same model, {first.bundle.id}.")
    timed = speeds(first, second, [text for one in sets for text in one.measured.rows.texts]) if speed else None
    comparison = run(first, second, sets, Resampling(*resampling), timed, measuring.note)
    if not any(of_set.heads for of_set in comparison.sets):
        known = f"{sets[0].measured.name} has {', '.join(sets[0].measured.rows.labels)}"
        raise UsageError(f"The models have no heads that share two labels with each other and the texts; {known}.")
    return comparison
