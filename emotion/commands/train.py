"""`emotion train`: a recipe in, a bundle out."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emotion.commands.options import DataRoot, Device, Track
from emotion.commands.stopping import stoppable
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.distributed.options import Workers
    from emotion.models.bundle import Bundle
    from emotion.training.run import TrainingPlan

EXAMPLES = """
[bold]Examples[/bold]

  emotion train configs/union.yaml --to runs/mine --data-root ~/data\n
  emotion train configs/carer.yaml --to runs/small --set model.hidden=32\n
  emotion train configs/carer.yaml --to runs/best --seeds 5 --report\n
  emotion train configs/carer.yaml --to runs/mine --track tensorboard\n
  emotion train configs/carer.yaml --to runs/mine --workers 4
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train", epilog=EXAMPLES)(train)


def train(
    recipe: Annotated[Path, typer.Argument(help="YAML recipe: see configs/.", show_default=False)],
    to: Annotated[
        Path | None, typer.Option("--to", help="Directory for the bundle; with --seeds it may be left out.")
    ] = None,
    data_root: DataRoot = Path(),
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change a key of the recipe: a.b=value. May be repeated.")
    ] = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="Train with so many seeds and keep the model that validation chooses.")
    ] = 1,
    device: Device = "cpu",
    threads: Annotated[int, typer.Option(min=1, help="CPU threads; with one, the same run gives the same id.")] = 1,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Train by so many processes on Ray, each with its share of every batch.")
    ] = None,
    gpus: Annotated[int, typer.Option(min=0, help="Train by so many processes on Ray, with a GPU each.")] = 0,
    ray: Annotated[str | None, typer.Option(help="Where they run: auto, local, or the address of a cluster.")] = None,
    checkpoints: Annotated[
        Path | None,
        typer.Option(help="Where unfinished work is kept. [dim]Default: a hidden folder beside --to[/dim]"),
    ] = None,
    track: Track = None,
    track_to: Annotated[
        Path | None, typer.Option(help="Folder for trackers. [dim]Default: tracking, beside --to[/dim]")
    ] = None,
    report: Annotated[bool, typer.Option("--report", help="Put report.html beside the bundle's card.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was measured as JSON.")] = False,
) -> None:
    """Train a model from a recipe, measure it beside the linear baseline, and write it as a bundle with its card.

    A training that was stopped goes on when the same command is given again.
    """
    from emotion.distributed.options import asked
    from emotion.training.recipe import read_recipe
    from emotion.training.run import TrainingPlan
    from emotion.training.trackers.tracking import check_trackers

    together = asked(workers, gpus, ray, threads, device)
    read = read_recipe(recipe, changes or ())
    _check_target(to, seeds, report)
    check_trackers(track or ())
    near = to.resolve() if to is not None else Path(read.name).absolute()
    plan = TrainingPlan(
        recipe=read,
        root=data_root,
        unfinished=checkpoints or near.with_name(f".{near.name}.unfinished"),
        to=to,
        seeds=seeds,
        device=device,
        trackers=tuple(dict.fromkeys(track or ())),
        track_to=track_to or near.with_name("tracking"),
        report=report,
    )
    _show(_carried_out(plan, threads, together), plan, json)


def _carried_out(plan: "TrainingPlan", threads: int, together: "Workers | None") -> "Bundle":
    import torch

    from emotion.commands.shown.training import ConsoleWatcher
    from emotion.distributed.run import run as run_together
    from emotion.training.run import run

    torch.set_num_threads(threads)
    with stoppable(lambda: _left(plan)), ConsoleWatcher(tuple(plan.recipe.select)) as watcher:
        return run(plan, watcher) if together is None else run_together(plan, watcher, together)


def _left(plan: "TrainingPlan") -> str:
    """What a training that was stopped leaves behind."""
    if plan.unfinished.exists():
        return f"the same command goes on where it was, from {plan.unfinished}"
    return "nothing was written"


def _check_target(to: Path | None, seeds: int, report: bool) -> None:
    """Refuse before training what would be refused after it."""
    if to is None:
        if seeds == 1 or report:
            raise UsageError(f"{'--report' if report else 'Training'} needs --to: name a directory for the bundle.")
        return
    if to.exists() and not to.is_dir():
        raise UsageError(f"--to {to} is a file; name a directory.")
    if to.is_dir() and any(to.iterdir()) and not (to / "bundle.json").exists():
        raise UsageError(f"--to {to} holds other things than a bundle; name a new directory.")
    if to.resolve().is_mount():  # Path() by itself looks like one
        raise UsageError(f"--to {to} is a mount point, which cannot be exchanged for another folder; name one in it.")
    above = next(parent for parent in to.resolve().parents if parent.exists())
    if not all(os.access(place, os.W_OK) for place in (above, to) if place.exists()):
        raise UsageError(f"--to {to} cannot be written.")


def _show(bundle: "Bundle", plan: "TrainingPlan", json: bool) -> None:
    if json:
        import orjson

        shown = {"id": bundle.id, "bundle": str(plan.to) if plan.to else None, "metrics": bundle.metrics}
        typer.echo(orjson.dumps(shown).decode())
        return
    _show_numbers(bundle.metrics)
    if plan.to is not None:
        report = f" Its report: {plan.to / 'report.html'}." * plan.report
        typer.echo(f"Bundle {bundle.id} is in {plan.to}. Its card: {plan.to / 'README.md'}.{report}")


def _show_numbers(metrics: Any) -> None:
    """What the bundle is worth, and before it all seeds, where there are several."""
    from emotion.commands.shown.training import print_numbers, print_seeds

    for name, found in metrics["sets"].items():
        for split in ("validation", "test"):
            if found.get(split):
                print_numbers(f"{name}, {split}", found[split])
    if "seeds" in metrics:
        print_seeds(metrics["seeds"])
