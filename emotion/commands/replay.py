"""`emotion replay`: documents that a server refused, once more."""

from typing import Annotated

import typer

from emotion.commands.stopping import stoppable

EXAMPLES = """
[bold]Examples[/bold]

  emotion replay http://localhost:9200/tweets\n
  emotion replay https://elastic@search.example:9200/tweets --json
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay", epilog=EXAMPLES)(replay)


def replay(
    store: Annotated[str, typer.Argument(help="Store: the address of an index.", show_default=False)],
    json: Annotated[bool, typer.Option("--json", help="Print what became of them and the accounts as JSON.")] = False,
) -> None:
    """Send the documents that Elasticsearch refused again, after what it refused them for was mended."""
    from emotion.labelling.replay import replay as run

    with stoppable("what was taken is counted, and the same command goes on from there"):
        replayed, accounts = run(store)
    if json:
        import orjson

        told = {"taken": replayed.taken, "refused": replayed.refused, "records": replayed.records}
        typer.echo(orjson.dumps(told | {"accounts": accounts.to_dict()}).decode())
        return
    typer.echo(f"{replayed.taken:,} documents taken now, {replayed.refused:,} refused again.")
    if replayed.records:
        typer.echo(f"{replayed.records:,} dead letters are records that could not be read; mend them and label them.")
