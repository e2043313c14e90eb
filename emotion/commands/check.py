"""`emotion check`: behavioural tests of a model; what it must be able to do, and how often it fails."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emotion.commands.options import Device, Engine, Model
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.evaluation.checks.run import Outcome

EXAMPLES = """
[bold]Examples[/bold]

  emotion check\n
  emotion check --model runs/mine --only negation --examples 5\n
  emotion check my-tests.yaml --shipped --json
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check", epilog=EXAMPLES)(check)


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE.yaml", help="Tests of your own; without, the shipped ones.", show_default=False),
    ] = None,
    model: Model = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="Run the shipped tests beside those of FILE.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this test or capability, by name. May be repeated.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on weaknesses that are known, too.")] = False,
    examples: Annotated[int, typer.Option(min=0, help="Failures shown of each test.")] = 1,
    engine: Engine = "exact",
    device: Device = "cpu",
    json: Annotated[bool, typer.Option("--json", help="Print outcomes with all failures as JSON.")] = False,
) -> None:
    """Test how a model behaves. Exit status 1 where a test fails more often than is allowed."""
    from emotion.evaluation.checks import reading, run

    suite = reading.read_suite([*(files or ()), *(reading.shipped() if shipped or not files else ())])
    suite = _chosen(suite, only) if only else suite
    if not suite.tests:
        raise UsageError("These files hold no tests.")
    outcomes, name = _run(suite, model, engine, device)
    if json:
        _print_json(run.document(outcomes, name))
    else:
        _show(outcomes, name, examples, strict)
    if any(outcome.status in _failures(strict) for outcome in outcomes):
        raise typer.Exit(1)


def _chosen(suite: Any, only: Sequence[str]) -> Any:
    from emotion.evaluation.checks.reading import Suite

    known = {name for test, _ in suite.tests for name in (test.name, test.capability)}
    if unknown := [name for name in only if name not in known]:
        capabilities = dict.fromkeys(test.capability for test, _ in suite.tests)
        raise UsageError(f"--only {unknown[0]!r} is no test and no capability; these are: {', '.join(capabilities)}.")
    return Suite(tuple(each for each in suite.tests if {each[0].name, each[0].capability} & set(only)))


def _run(suite: Any, model: str | None, engine: Any, device: Any) -> "tuple[list[Outcome], str]":
    from emotion.evaluation.checks.run import run
    from emotion.predictor import Predictor

    predictor = Predictor.load(model, device=device, engine=engine)
    return run(suite, predictor), predictor.bundle.id


def _failures(strict: bool) -> set[str]:
    return {"failed", "known"} if strict else {"failed"}


def _print_json(document: Any) -> None:
    import orjson

    typer.echo(orjson.dumps(document).decode())


def _show(outcomes: "Sequence[Outcome]", model: str, examples: int, strict: bool) -> None:
    from emotion.commands.shown.outcomes import view
    from emotion.commands.shown.store import show

    show(view(outcomes, model, examples, strict))
