"""`emotion teach`: a transformer fine-tuned on labelled sets, for small models to learn from."""

from pathlib import Path
from typing import Annotated

import typer

from emotion.commands.options import DataRoot, Device
from emotion.commands.stopping import stoppable
from emotion.errors import UsageError

EXAMPLES = """
[bold]Examples[/bold]

  emotion teach configs/teachers/tweets.yaml --to teachers/one\n
  emotion teach configs/teachers/tweets.yaml --to teachers/two --set seed=2
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("teach", epilog=EXAMPLES)(teach)


def teach(
    recipe: Annotated[Path, typer.Argument(help="YAML recipe: see configs/teachers/.", show_default=False)],
    to: Annotated[Path, typer.Option("--to", help="Directory for the teacher.", show_default=False)],
    data_root: DataRoot = Path(),
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="Change a key of the recipe: a.b=value. May be repeated.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads; the same number gives the same teacher.")] = 1,
    device: Device = "cpu",
    json: Annotated[bool, typer.Option("--json", help="Print what was measured as JSON.")] = False,
) -> None:
    """Fine-tune a transformer on labelled sets as a teacher; a killed run goes on after its last epoch."""
    import torch

    from emotion.commands.shown.training import ConsoleWatcher
    from emotion.training.teachers.recipe import read_teacher_recipe
    from emotion.training.teachers.teach import teach as run

    read = read_teacher_recipe(recipe, changes or ())
    _check_target(to)
    torch.set_num_threads(threads)
    with stoppable("the same command goes on after the last whole epoch"), ConsoleWatcher() as watcher:
        taught = run(read, data_root, to, watcher, device)
    _show(to, taught.id, json)


def _check_target(to: Path) -> None:
    """Refuse before training what is no place for a teacher."""
    if to.exists() and not to.is_dir():
        raise UsageError(f"--to {to} is a file; name a directory.")
    if (to / "teacher.json").exists():
        raise UsageError(f"--to {to} holds a teacher already; name another directory, or delete it.")
    there = {path.name for path in to.iterdir() if not path.name.startswith(".")} if to.is_dir() else set()
    if there and "checkpoint.safetensors" not in there:
        raise UsageError(f"--to {to} holds other things than a training; name a new directory.")


def _show(to: Path, id: str, json: bool) -> None:
    import orjson

    from emotion.commands.shown.training import print_numbers

    metrics = orjson.loads((to / "metrics.json").read_bytes())
    if json:
        typer.echo(orjson.dumps({"id": id, "teacher": str(to), "metrics": metrics}).decode())
        return
    for name, found in metrics["sets"].items():
        for split in ("validation", "test"):
            if found.get(split):
                print_numbers(f"{name}, {split}", found[split])
    typer.echo(f"Teacher {id} is in {to}. Its card: {to / 'README.md'}")
