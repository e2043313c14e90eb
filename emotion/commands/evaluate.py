"""`emotion evaluate`: what a model is worth on labelled texts, how sure that is, and where it goes wrong."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import typer

from emotion.commands import measuring
from emotion.commands.options import DataRoot, Engine, engine_named
from emotion.commands.stopping import stoppable
from emotion.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from emotion.evaluation.evaluate import Depth
    from emotion.evaluation.held import Held
    from emotion.evaluation.result import Evaluation
    from emotion.report.evaluation import Training
    from emotion.training.recipe import Recipe

    Measured = tuple[Evaluation, Mapping[str, Any]]  # with what the bundle keeps of its training

EXAMPLES = """
[bold]Examples[/bold]

  emotion evaluate --data carer/test.txt --train carer/train.txt\n
  emotion evaluate --model runs/mine --recipe configs/carer.yaml --to pages\n
  emotion evaluate --data posts.csv --label-field mood --json\n
  emotion evaluate --data posts.csv --none-label bored --none-label off-topic\n
  emotion evaluate --recipe configs/union.yaml --leave-one-out
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("evaluate", epilog=EXAMPLES)(evaluate)


def evaluate(
    data: measuring.DataFiles = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Bundle: a path, or a name; several for their mean. [dim]Default: shipped[/dim]"),
    ] = None,
    format: measuring.FormatName = None,
    text_field: measuring.TextField = None,
    label_field: measuring.LabelField = None,
    none_label: measuring.NoneLabel = None,
    validation: Annotated[
        Path | None, typer.Option(help="Labelled file on which temperatures are chosen.", show_default=False)
    ] = None,
    train: Annotated[
        Path | None, typer.Option(help="Labelled file from which the linear baseline learns.", show_default=False)
    ] = None,
    recipe: measuring.KnownRecipe = None,
    data_root: DataRoot = Path(),
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="Train the recipe without each of its sets, and measure on that.")
    ] = False,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="With --leave-one-out: change a key of the recipe, a.b=value.")
    ] = None,
    checkpoints: Annotated[
        Path | None,
        typer.Option(
            help="With --leave-one-out: where unfinished work is kept. [dim]Default: a hidden folder beside --to[/dim]"
        ),
    ] = None,
    device: Annotated[
        str,
        typer.Option(help="Measure, or with --leave-one-out train, on cpu, cuda, or auto: a GPU where there is one."),
    ] = "cpu",
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder for evaluation.json and report.html.", show_default=False)
    ] = None,
    engine: Engine = "exact",
    resamples: measuring.Resamples = 1000,
    seed: measuring.Seed = 0,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Measure a model on labelled texts: each head on the labels that it shares with them.

    The linear baseline stands beside it where --train or --recipe say what it can learn from.
    """
    measuring.check_target(to)
    depth = measuring.depth(resamples, seed)
    known = _recipe(recipe, changes)
    with stoppable("the same command goes on where it was" if leave_one_out else ""):
        if leave_one_out:
            files = {"data": data, "validation": validation, "train": train}
            columns = {"format": format, "text_field": text_field, "label_field": label_field}
            measuring.refuse("--leave-one-out", **files, **columns, none_label=none_label)
            kept = checkpoints or _place(known, to)
            _leave_one_out(known, data_root, _alone(model, to), engine_named(engine), depth, to, kept, device, json)
            return
        if checkpoints is not None:
            raise UsageError("--checkpoints keeps what --leave-one-out trains; without it nothing is trained.")
        if changes:
            raise UsageError("--set changes what --leave-one-out trains; without it there is nothing to change.")
        read = measuring.reader(data, known, format, text_field, label_field)
        if known is not None and not data:
            measuring.refuse("--recipe without --data", validation=validation, train=train)
        sets = _with_files(measuring.sets(data, read, known, data_root, none_label), validation, train, read)
        models: list[str | None] = list(model) if model else [None]
        _show([_measured(sets, name, device, engine, depth) for name in models], to, json)


def _with_files(
    sets: "list[Held]", validation: Path | None, train: Path | None, read: measuring.Reader
) -> "list[Held]":
    """What to measure on, with the files that are named for it."""
    return [
        replace(
            held,
            validation=held.validation if validation is None else read(validation),
            train=held.train if train is None else read(train),
        )
        for held in sets
    ]


def _measured(sets: "list[Held]", model: str | None, device: Any, engine: str, depth: "Depth") -> "Measured":
    from emotion.evaluation.evaluate import evaluate as run
    from emotion.predictor import Predictor

    predictor = Predictor.load(model, device=device, engine=engine_named(engine))
    evaluation = run(predictor, sets, depth, measuring.note)
    if not any(of_set.heads for of_set in evaluation.sets):
        known = f"{evaluation.sets[0].name} has {', '.join(evaluation.sets[0].labels)}"
        raise UsageError(f"The model shares fewer than two labels with what it is to be measured on; {known}.")
    return evaluation, predictor.bundle.metrics


def _show(measured: "list[Measured]", to: Path | None, json: bool) -> None:
    from emotion.commands.shown.evaluations import evaluation_view
    from emotion.commands.shown.spreads import seeds_view
    from emotion.evaluation.seeds import summarise
    from emotion.report.evaluation import Training

    (evaluation, metrics), *others = measured
    seeds = summarise([each for each, _ in measured]) if others else None
    if to is not None:
        _write(evaluation, to, Training(metrics=metrics, seeds=seeds))
    _print(
        evaluation if seeds is None else seeds,
        json,
        evaluation_view(evaluation) if seeds is None else seeds_view(seeds),
    )


def _write(evaluation: "Evaluation", to: Path, training: "Training") -> None:
    from emotion.evaluation.result import dump
    from emotion.report.evaluation import write
    from emotion.stores.files import write_whole

    to.mkdir(parents=True, exist_ok=True)
    write_whole(to / "evaluation.json", dump(evaluation))
    write(evaluation, to / "report.html", training)
    print(f"Written: {to / 'evaluation.json'} and {to / 'report.html'}", file=sys.stderr)


def _leave_one_out(
    recipe: "Recipe | None",
    root: Path,
    model: str | None,
    engine: Literal["exact", "fast"],
    depth: "Depth",
    to: Path | None,
    unfinished: Path,
    device: str,
    json: bool,
) -> None:
    from emotion.commands.shown.spreads import left_out_view
    from emotion.commands.shown.training import ConsoleWatcher
    from emotion.predictor import Predictor
    from emotion.report.evaluation import Training
    from emotion.training.left_out import leave_one_set_out

    if recipe is None:
        raise UsageError("--leave-one-out needs a recipe to train: name it with --recipe.")
    whole = None if model is None else Predictor.load(model, engine=engine)
    with ConsoleWatcher(tuple(recipe.select)) as watcher:
        found = leave_one_set_out(recipe, root, watcher, depth, whole, unfinished=unfinished, device=device)
    if to is not None and whole is not None:
        first, *others = found.whole.values()
        sets = (*first.sets, *(of_set for other in others for of_set in other.sets))
        training = Training(metrics=whole.bundle.metrics, left_out=found.evaluations)
        _write(msgspec.structs.replace(first, sets=sets), to, training)
    _print(found, json, left_out_view(found))


def _place(recipe: "Recipe | None", to: Path | None) -> Path:
    """Where trainings without a set are kept until all are done."""
    near = to.absolute() if to is not None else Path("evaluation" if recipe is None else recipe.name).absolute()
    return near.with_name(f".{near.name}.left-out.unfinished")


def _print(found: object, json: bool, view: "RenderableType") -> None:
    from rich.console import Console

    if json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        Console(highlight=False, emoji=False, markup=False).print(view)


def _alone(model: list[str] | None, to: Path | None) -> str | None:
    """The one model that learnt from all sets, to stand beside those that did not."""
    if len(model or ()) > 1:
        raise UsageError("--leave-one-out stands beside one --model at most, which learnt from all sets.")
    if to is not None and not model:
        raise UsageError("--to with --leave-one-out writes a page about --model; name one that learnt from all sets.")
    return model[0] if model else None


def _recipe(path: Path | None, changes: list[str] | None) -> "Recipe | None":
    if path is None:
        return None
    from emotion.training.recipe import read_recipe

    return read_recipe(path, changes or ())
