"""`emotion forget`: tweets and users out of a store, because somebody asks for it."""

from pathlib import Path
from typing import Annotated

import typer

from emotion.commands.stopping import stoppable
from emotion.errors import UsageError

EXAMPLES = """
[bold]Examples[/bold]

  emotion forget store --tweets ids.txt\n
  emotion forget s3://bucket/store --users authors.txt\n
  emotion forget http://localhost:9200/tweets --tweets ids.txt --users authors.txt --json
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("forget", epilog=EXAMPLES)(forget)


def forget(
    store: Annotated[
        str, typer.Argument(help="Store: a directory, s3://bucket/folder, or an index.", show_default=False)
    ],
    tweets: Annotated[Path | None, typer.Option(help="File of ids of tweets, one a line.")] = None,
    users: Annotated[Path | None, typer.Option(help="File of ids of users, one a line: all their tweets go.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the accounts as JSON.")] = False,
) -> None:
    """Take tweets, or all tweets of users, out of a store, and keep them away.

    Their retweets go with them: those of users are found by the originals
    that the store holds, so name others by --tweets. It is done as delete
    notices are: they hold for what is labelled and crawled later, too. What
    else keeps texts is told in docs/deleting.md.
    """
    from emotion.labelling.forget import forget as run

    if tweets is None and users is None:
        raise UsageError("Nothing is named to forget: give a file of ids by --tweets, --users or both.")
    ids, authors = _ids(tweets, "--tweets"), _ids(users, "--users")
    with stoppable("say the same again to bring it to its end"):
        forgotten = run(store, ids, authors)
    if json:
        import orjson

        told = {"retweets": forgotten.retweets, "removed_now": forgotten.removed}
        typer.echo(orjson.dumps(told | forgotten.accounts.to_dict()).decode())
        return
    also = f" with {forgotten.retweets:,} retweets," if forgotten.retweets else ""
    typer.echo(f"{len(ids):,} tweets and {len(authors):,} users are forgotten,{also} and stay away: {forgotten.store}")
    if forgotten.accounts.read:  # what is live in an index is in no accounts
        typer.echo(f"{forgotten.removed:,} documents went now, and {forgotten.accounts.documents:,} are left.")
    typer.echo("Dead letters, exports and reports keep what they hold: see docs/deleting.md.")


def _ids(path: Path | None, option: str) -> list[str]:
    """The ids of a file, each once.

    Raises:
        UsageError: it cannot be read, holds none, or a line is no id.
    """
    if path is None:
        return []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{option} {path} cannot be read: {getattr(error, 'strerror', None) or 'no UTF-8'}.") from None
    found = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    wrong = next((id for id in found if id.startswith("@") or any(map(str.isspace, id)) or "," in id), None)
    if wrong is not None:
        raise UsageError(f"{option} {path} holds {wrong[:80]!r}, which is no id: write one a line, no names.")
    if not found:
        raise UsageError(f"{option} {path} holds no id.")
    return found
