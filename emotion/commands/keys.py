"""`emotion keys`: who may ask the API."""

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """
[bold]Examples[/bold]

  emotion keys add crawler --keys keys.json --per-minute 60000\n
  emotion keys list --keys keys.json\n
  emotion keys revoke crawler --keys keys.json
"""
File = Annotated[Path, typer.Option("--keys", help="The file of keys.", show_default=False)]
keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke keys of the API.", epilog=EXAMPLES)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keys, name="keys")


@keys.command("add", epilog=EXAMPLES)
def add(
    name: Annotated[str, typer.Argument(help="Who the key is for.")],
    file: File,
    per_minute: Annotated[int | None, typer.Option(min=1, help="Texts it may ask a minute.")] = None,
) -> None:
    """Make a key and show it, this once: the file keeps only its hash."""
    from emotion.serving.keys import add_key

    typer.echo(add_key(file, name, per_minute))


@keys.command("list", epilog=EXAMPLES)
def list_keys(file: File) -> None:
    """Show whose keys there are, and which are revoked."""
    from rich.table import Table

    from emotion.commands.shown.store import show
    from emotion.commands.shown.terminal import visible
    from emotion.serving.keys import read_keys

    table = Table("name", "made", "texts a minute", "revoked")
    for key in read_keys(file):
        most = "" if key.per_minute is None else f"{key.per_minute:,}"
        table.add_row(visible(key.name), f"{key.made:%Y-%m-%d}", most, f"{key.revoked:%Y-%m-%d}" if key.revoked else "")
    show(table)


@keys.command("revoke", epilog=EXAMPLES)
def revoke(name: Annotated[str, typer.Argument(help="Whose key.")], file: File) -> None:
    """Make a key worthless; a running API notices within a second."""
    from emotion.serving.keys import revoke_key

    revoke_key(file, name)
    typer.echo(f"The key {name!r} is revoked.")
