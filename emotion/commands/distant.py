"""`emotion distant`: an archive in, a labelled set out, by the hashtags and emoji that people put on their tweets."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion.commands.options import (
    DateField,
    Format,
    IdField,
    LangField,
    Since,
    TextField,
    Until,
    language_codes,
    moment,
)
from emotion.commands.stopping import stoppable
from emotion.errors import DataError, UsageError

if TYPE_CHECKING:
    from emotion.sets.distant.collect import Accounts, DistantOptions, Watch
    from emotion.tweets.files import ArchiveFile
    from emotion.tweets.tweet import Part

EXAMPLES = """
[bold]Examples[/bold]

  emotion distant archive/ --to distant.parquet\n
  emotion distant 'stream/*.bz2' --to distant.parquet --per-label 5000 --links\n
  emotion distant archive/ --to mine.parquet --keywords mine.yaml --lang fr\n
  emotion sets distant.parquet
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("distant", epilog=EXAMPLES)(distant)


def distant(
    archives: Annotated[
        list[str], typer.Argument(help="Files, folders, globs, or - for standard input.", show_default=False)
    ],
    to: Annotated[Path, typer.Option("--to", help="Parquet file to write.", show_default=False)],
    keywords: Annotated[
        Path | None, typer.Option(help="YAML of hashtags and emoji a label. [dim]Default: eight emotions[/dim]")
    ] = None,
    per_label: Annotated[int, typer.Option(min=1, help="At most so many texts a label.")] = 20_000,
    anywhere: Annotated[bool, typer.Option("--anywhere", help="Keywords count before the last word too.")] = False,
    links: Annotated[bool, typer.Option("--links", help="Take tweets with links too.")] = False,
    several: Annotated[str, typer.Option(help="Tweets with several labels: drop, or keep all labels.")] = "drop",
    min_words: Annotated[int, typer.Option(min=1, help="Fewest words, users, links and hashtags aside.")] = 5,
    alike: Annotated[
        float, typer.Option(min=0.5, max=1, help="Share of equal pieces from which texts are copies.")
    ] = 0.7,
    seed: Annotated[int, typer.Option(min=0, help="Chooses which texts stay within the quotas.")] = 0,
    lang: Annotated[str, typer.Option(help="Languages to take: en,fr or all.")] = "en",
    since: Since = None,
    until: Until = None,
    format: Format = None,
    text_field: TextField = None,
    id_field: IdField = None,
    date_field: DateField = None,
    lang_field: LangField = None,
    json: Annotated[bool, typer.Option("--json", help="Print the accounts as JSON.")] = False,
) -> None:
    """Build a labelled set from archives of tweets, by the hashtags and emoji that authors end their tweets with.

    The keywords are taken out of the texts. Retweets count once, copies and
    near copies go, and of each label an even sample of the archive stays.
    """
    from emotion.sets.distant.collect import DistantOptions
    from emotion.tweets.reader import ReadOptions
    from emotion.tweets.selection import Selection

    if several not in ("drop", "keep"):
        raise UsageError(f"--several {several!r} is none of drop, keep.")
    languages, _ = language_codes(lang)
    options = DistantOptions(
        per_label=per_label,
        anywhere=anywhere,
        links=links,
        several="keep" if several == "keep" else "drop",
        min_words=min_words,
        alike=alike,
        seed=seed,
        selection=Selection(languages, moment(since, "--since"), moment(until, "--until")),
        read=ReadOptions(format, text_field, id_field, date_field, lang_field),
    )
    with stoppable("nothing was written"):
        accounts, left_aside = _run(archives, to, keywords, options)
    _show(accounts, left_aside, to, json)


def _run(
    archives: list[str], to: Path, keywords: Path | None, options: "DistantOptions"
) -> tuple["Accounts", list[str]]:
    from emotion.labelling.process import calm_collector
    from emotion.sets.distant.collect import collect
    from emotion.sets.distant.keywords import SHIPPED, read_keywords
    from emotion.sets.distant.write import check_target, write
    from emotion.tweets.archive import find_files

    check_target(to)
    chosen = read_keywords(keywords or SHIPPED)
    listing = find_files(archives)
    with _watching(listing.files) as watch, calm_collector():
        rows, accounts = collect(listing.files, chosen, options, watch)
    if not rows:
        raise DataError(f"Of {accounts.read:,} records none is kept ({_reasons(accounts)}); nothing was written.")
    write(to, rows, accounts, chosen, options)
    return accounts, listing.left_aside


def _reasons(accounts: "Accounts") -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in accounts.left_out.items()) or "the archive is empty"


@contextmanager
def _watching(files: Sequence["ArchiveFile"]) -> Iterator["Watch"]:
    """Shows how far the reading is, on a terminal; for compressed files an estimate."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from emotion.labelling.progress import EXPANSION

    expected = sum(file.size * EXPANSION.get(file.compression or "", 1.0) for file in files)
    counts = TextColumn("{task.fields[read]:,} records  {task.fields[kept]:,} kept")
    columns = (SpinnerColumn(), TextColumn("reading"), BarColumn(), counts, TimeElapsedColumn())
    console = Console(stderr=True)
    shown = Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal)
    with shown as progress:
        bar, read = progress.add_task("", total=expected or None, read=0, kept=0), 0

        def watch(_: "ArchiveFile", part: "Part", kept: int) -> None:
            nonlocal read
            read += part.read
            progress.update(bar, advance=part.bytes, read=read, kept=kept)

        yield watch


def _show(accounts: "Accounts", left_aside: Sequence[str], to: Path, json: bool) -> None:
    if json:
        import orjson

        typer.echo(orjson.dumps(accounts.to_dict()).decode())
        return
    from rich.console import Console

    from emotion.commands.shown.sets import distant_view

    console = Console(highlight=False, emoji=False)
    console.print(distant_view(accounts))
    if left_aside:
        console.print(f"{len(left_aside)} file(s) left aside, as no archive of tweets.", markup=False)
    console.print(f"The set is {to}. Next: emotion sets {to}", markup=False, soft_wrap=True)
