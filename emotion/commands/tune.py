"""`emotion tune`: a space in, the best bundle out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion.commands.options import Track
from emotion.commands.stopping import stoppable

if TYPE_CHECKING:
    from emotion.tuning.options import SearchPlan
    from emotion.tuning.search import Result

EXAMPLES = """
[bold]Examples[/bold]

  emotion tune --space tune/spaces/laptop.yaml --to runs/search --data-root ~/data\n
  emotion tune --space tune/spaces/recurrent.yaml --to runs/search --trials 50\n
  emotion tune --space tune/spaces/broad.yaml --to runs/search --minutes 60 --set search.scheduler=median\n
  emotion tune --space tune/spaces/broad.yaml --to runs/search --gpu auto --ray auto\n
  emotion tune --space tune/spaces/broad.yaml --to runs/search --set winner.above=20000 --name fast\n
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("tune", epilog=EXAMPLES)(tune)


def tune(
    space: Annotated[Path, typer.Option("--space", help="YAML space: see tune/spaces/.", show_default=False)],
    to: Annotated[Path, typer.Option("--to", help="Directory for the search.", show_default=False)],
    data_root: Annotated[
        Path,
        typer.Option(
            "--data", "--data-root", envvar="EMOTION_DATA", help="Folder below which the recipe names its data."
        ),
    ] = Path(),
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change a key of the space: a.b=value. May be repeated.")
    ] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Trials in all, as --set search.trials=N.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Minutes for trials, as --set search.minutes=N.")] = None,
    ray: Annotated[str, typer.Option(help="Where trials run: auto, local, or the address of a cluster.")] = "auto",
    threads: Annotated[int, typer.Option(min=1, help="CPU threads of each trial.")] = 1,
    gpu: Annotated[
        str, typer.Option(help="GPU of each trial: a share, as 0.25; whole ones; or auto, as its memory is measured.")
    ] = "0",
    at_once: Annotated[
        int | None, typer.Option(min=1, help="Trials beside each other at most. [dim]Default: what fits[/dim]")
    ] = None,
    track: Track = None,
    track_to: Annotated[
        Path | None, typer.Option(help="Folder for trackers. [dim]Default: tracking, in --to[/dim]")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Put the winner into the registry under this name.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Search for the best recipe, train the best again with several seeds, and keep the one that validation chooses.

    A search that was stopped goes on when the same command is given again.
    """
    from emotion.training.trackers.tracking import check_trackers
    from emotion.tuning.options import SearchPlan, machines
    from emotion.tuning.space import read_space

    asked = machines(ray, threads, gpu, at_once)
    shortcuts = {"search.trials": trials, "search.minutes": minutes}
    given = [f"{key}={value}" for key, value in shortcuts.items() if value is not None]
    found = read_space(space, [*(changes or ()), *given])
    check_trackers(track or ())
    if name is not None:
        from emotion.models.registry import Registry

        Registry().check_free(name, to / "winner")
    plan = SearchPlan(to, data_root, asked, tuple(dict.fromkeys(track or ())), track_to, name)
    from emotion.commands.shown.search import ConsoleListener
    from emotion.tuning.search import search

    with stoppable(lambda: _left(plan)), ConsoleListener() as listener:
        result = search(found, plan, listener)
    _show(result, plan, json)


def _left(plan: "SearchPlan") -> str:
    """What a search that was stopped leaves behind."""
    page = plan.to / "report.html"
    if page.exists():
        return f"what was found so far is in {page}; the same command goes on"
    return "nothing was found yet; the same command begins again"


def _show(result: "Result", plan: "SearchPlan", json: bool) -> None:
    found = result.found
    if json:
        import msgspec

        typer.echo(msgspec.json.encode(found).decode())
        return
    from emotion.commands.shown.found import print_found

    print_found(found)
    if result.bundle is not None:
        typer.echo(f"Bundle {result.bundle.id} of {found.winner} is in {plan.to / 'winner'}.")
    typer.echo(f"The page: {plan.to / 'report.html'}. All trials: {plan.to / 'trials.csv'}.")
