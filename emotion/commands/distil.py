"""`emotion distil`: what teachers say of many texts, written as soft labels for a small model to learn from."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emotion.commands.options import DataRoot, Device
from emotion.commands.stopping import stoppable
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.training.teachers.distil import Distilling

EXAMPLES = """
[bold]Examples[/bold]

  emotion distil --teacher teachers/one --texts tweets/ --to soft.parquet\n
  emotion distil --teacher a --teacher b --texts posts.csv --to soft.parquet
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("distil", epilog=EXAMPLES)(distil)


def distil(
    teacher: Annotated[
        list[str],
        typer.Option(
            help="Made by emotion teach; a bundle; or [HEAD=]DIRECTORY of a Hugging Face classifier. May be repeated.",
            show_default=False,
        ),
    ],
    texts: Annotated[
        list[str],
        typer.Option(
            help="[FORMAT:]PATH of a labelled set (labels unread), table, archive or store. May be repeated.",
            show_default=False,
        ),
    ],
    to: Annotated[Path, typer.Option("--to", help="Parquet file to write.", show_default=False)],
    weight: Annotated[
        list[float] | None, typer.Option(help="Weight of each teacher, in their order. [dim]Default: equal[/dim]")
    ] = None,
    union: Annotated[bool, typer.Option("--union", help="Keep heads that only some of the teachers have.")] = False,
    without: Annotated[
        list[str] | None, typer.Option(help="[FORMAT:]PATH of texts to leave out. May be repeated.")
    ] = None,
    recipe: Annotated[
        list[Path] | None, typer.Option(help="Leave out what this recipe measures on. May be repeated.")
    ] = None,
    data_root: DataRoot = Path(),
    lang: Annotated[str | None, typer.Option(help="Only tweets in this language, of archives and stores.")] = None,
    text_field: Annotated[str | None, typer.Option(help="Column or key of the text in tables and records.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Most texts to score.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes, of one thread each. [dim]Default: one a CPU[/dim]")
    ] = None,
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
    device: Device = "cpu",
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Let teachers score texts, and write their scores as soft labels; a killed run goes on where it was."""
    from emotion.threads import cpus
    from emotion.training.teachers.distil import Distilling
    from emotion.training.teachers.texts import find_source
    from emotion.training.teachers.workers import Teachers

    _check_precision(precision)
    kind: Any = precision
    asked = Distilling(
        Teachers(tuple(teacher), tuple(weight or ()), union, device, kind),
        tuple(find_source(name, lang, text_field) for name in texts),
        _checked(to),
        tuple(find_source(name, None, text_field) for name in without or ()),
        tuple(recipe or ()),
        data_root,
        limit,
        workers or (1 if device != "cpu" else cpus()),
    )
    _show(asked, _run(asked), json)


def _check_precision(name: str) -> None:
    from typing import get_args

    from emotion.training.teachers.recipe import Precision

    if name not in get_args(Precision):
        raise UsageError(f"--precision {name!r} is none of {', '.join(get_args(Precision))}.")


def _checked(to: Path) -> Path:
    """Refuse before scoring what would be refused after it."""
    if to.suffix != ".parquet":
        raise UsageError(f"--to {to} is written as Parquet; end it in .parquet.")
    if not to.absolute().parent.is_dir():
        raise UsageError(f"The folder {to.parent} does not exist; make it first.")
    return to


def _run(asked: "Distilling") -> dict[str, Any]:
    import torch

    from emotion.commands.shown.training import ConsoleWatcher
    from emotion.training.teachers.distil import distil as run

    torch.set_num_threads(1)
    with stoppable("the same command goes on where it was"), ConsoleWatcher() as watcher:
        return run(asked, watcher)


def _show(asked: "Distilling", facts: dict[str, Any], json: bool) -> None:
    if json:
        import orjson

        typer.echo(orjson.dumps({"file": str(asked.to)} | facts).decode())
        return
    for name, found in facts["counts"].items():
        fates = ", ".join(f"{count:,} {fate.replace('_', ' ')}" for fate, count in found.items())
        typer.echo(f"{name}: {fates}")
    typer.echo(f"{facts['texts']:,} texts with soft labels are in {asked.to}. A recipe learns from them by:\n")
    typer.echo(_lines(asked.to, asked.root, facts["heads"]))


def _lines(path: Path, root: Path, heads: Sequence[dict[str, Any]]) -> str:
    """What a recipe says to learn from the file, whose place is told from the data root where it lies below."""
    path, root = path.resolve(), root.resolve()
    place = path.relative_to(root) if path.is_relative_to(root) else path
    labels = [f"{head['name']}.{label}" for head in heads for label in head["labels"]]
    lines = [
        "sets:",
        "  soft:",
        "    format: parquet",
        f"    columns: {{labels: {_listed(labels)}}}",
        f"    train: {_listed([place.as_posix()])}",
    ]
    return "\n".join(lines)


def _listed(values: list[str]) -> str:
    """A list of YAML on one line, with quotes where they are needed."""
    import yaml

    listed: str = yaml.safe_dump(values, default_flow_style=True, allow_unicode=True, width=sys.maxsize)
    return listed.strip()
