"""`emotion embed`: archives in, word vectors out."""

from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion.commands.options import TextField, language_codes
from emotion.commands.stopping import stoppable
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.text.rules import Rules
    from emotion.vectors.own.config import OwnConfig, PiecesConfig
    from emotion.vectors.own.run import Made
    from emotion.vectors.own.texts import Account

EXAMPLES = """
[bold]Examples[/bold]

  emotion embed archive/ --to vectors/\n
  emotion embed archive/ --to vectors/ --method skipgram --dimension 100 --epochs 8\n
  emotion embed 'stream/*.bz2' --to vectors/ --pieces --min-count 10 --lang all\n
  emotion embed labelled/ --to vectors/ --text --json
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("embed", epilog=EXAMPLES)(embed)


def embed(
    archives: Annotated[
        list[str], typer.Argument(help="Archives (files, folders, globs, -), stores, or .txt.", show_default=False)
    ],
    to: Annotated[Path, typer.Option("--to", help="Folder for the vectors.", show_default=False)],
    method: Annotated[str, typer.Option(help="cbow or skipgram.")] = "cbow",
    dimension: Annotated[int, typer.Option(min=1, max=1024, help="Numbers a word.")] = 128,
    window: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Words to each side. [dim]Default: 2, for skipgram 5[/dim]")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over all texts.")] = 5,
    negative: Annotated[int, typer.Option(min=1, max=1000, help="Negative samples a word.")] = 5,
    sample: Annotated[float, typer.Option(min=0, help="Share above which frequent words are thinned out.")] = 1e-3,
    min_count: Annotated[int, typer.Option(min=1, help="Fewest times that a word must be met.")] = 5,
    max_words: Annotated[int, typer.Option(min=1, help="Most words, the most frequent first.")] = 200_000,
    pieces: Annotated[bool, typer.Option("--pieces", help="Learn sub-words too, for words never met.")] = False,
    shortest: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="With --pieces: the shortest, in characters. [dim]Default: 3[/dim]"),
    ] = None,
    longest: Annotated[
        int | None, typer.Option(min=1, max=64, help="With --pieces: the longest, in characters. [dim]Default: 6[/dim]")
    ] = None,
    buckets: Annotated[
        int | None,
        typer.Option(min=1, max=10_000_000, help="With --pieces: rows that they share. [dim]Default: 200000[/dim]"),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Clean by the rules of this model.")] = None,
    lang: Annotated[str, typer.Option(help="Languages to take: en,fr or all.")] = "en",
    text_field: TextField = None,
    leave_out: Annotated[
        list[Path] | None, typer.Option(help="A labelled set whose texts are not learnt from. May be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Where chance starts.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="With one, the same call gives the same vectors.")] = 1,
    text: Annotated[bool, typer.Option("--text", help="Write vectors.txt too, for other programs.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
) -> None:
    """Learn word vectors from archives of tweets, or from stores, cleaned by a model's rules.

    Retweets count once, and no tweet runs into the next. Memory follows the
    vocabulary, not the archive.
    """
    from emotion.stores.directory.restart import exchange
    from emotion.vectors.config import CBOWConfig, SkipGramConfig
    from emotion.vectors.own.config import OwnConfig
    from emotion.vectors.own.texts import Account

    if method not in ("cbow", "skipgram"):
        raise UsageError(f"--method {method!r} is none of cbow, skipgram.")
    if not isfinite(sample):
        raise UsageError(f"--sample {sample} is no share.")
    kind = CBOWConfig if method == "cbow" else SkipGramConfig
    window = window or (2 if method == "cbow" else 5)
    config = OwnConfig(
        method=kind(dimension=dimension, window=window, epochs=epochs, negative=negative, sample=sample),
        min_count=min_count,
        max_words=max_words,
        pieces=_pieces(pieces, shortest=shortest, longest=longest, buckets=buckets),
        seed=seed,
        threads=threads,
    )
    to, account = to.resolve(), Account()
    with stoppable("nothing was written"):
        texts = _texts(archives, lang, text_field, leave_out or [], account)
        made = _run(texts, account, _rules(model), config, to, text)
    exchange(to)
    _show(made, to, json)


def _pieces(wanted: bool, **sizes: int | None) -> "PiecesConfig | None":
    """What pieces are learnt, by the sizes that were given."""
    from emotion.vectors.own.config import PiecesConfig

    given = {name: size for name, size in sizes.items() if size is not None}
    if given and not wanted:
        raise UsageError(f"--{next(iter(given))} is of sub-words; add --pieces to learn them, or leave it out.")
    config = PiecesConfig.model_construct(None, **given)  # each size is checked by its option, but not one by the other
    if config.shortest > config.longest:
        raise UsageError(f"--shortest {config.shortest} is longer than --longest {config.longest}.")
    return config if wanted else None


def _run(texts: Iterator[str], account: "Account", rules: "Rules", config: "OwnConfig", to: Path, text: bool) -> "Made":
    from emotion.commands.shown.steps import Steps
    from emotion.report.vectors import page
    from emotion.vectors.own.run import check_target, make, write

    check_target(to)
    with Steps() as steps:
        made = make(texts, rules, config, to, steps, account)
    write(made, to, lambda: page(made), text)
    return made


def _texts(
    archives: list[str], lang: str, field: str | None, leave_out: list[Path], account: "Account"
) -> Iterator[str]:
    from emotion.tweets.reader import ReadOptions
    from emotion.tweets.selection import Selection
    from emotion.vectors.own.texts import some, tweets, without

    languages, _ = language_codes(lang)
    found = tweets(archives, Selection(languages), ReadOptions(text_field=field, retweets="fold"), account)
    return some(without(found, leave_out, account) if leave_out else found, account)


def _rules(model: str | None) -> "Rules":
    from emotion.models.description import read_description
    from emotion.models.registry import resolve

    return read_description(resolve(model)).settings.rules


def _show(made: "Made", to: Path, json: bool) -> None:
    if json:
        import orjson

        typer.echo(orjson.dumps(made.to_dict()).decode())
        return
    from rich.console import Console
    from rich.table import Table

    from emotion.commands.shown.terminal import visible

    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("word", style="bold")
    table.add_column("nearest")
    for word, found in made.look.neighbours.items():
        table.add_row(visible(word), ", ".join(visible(near.word) for near in found[:6]))
    console = Console(highlight=False, emoji=False, markup=False)
    console.print(table)
    met = sum(analogy.met for analogy in made.look.analogies)
    known = f" {met} of {len(made.look.analogies)} analogies are met." * bool(made.look.analogies)
    console.print(
        f"{len(made.own.counts):,} words have a vector, {made.coverage:.1%} of the {made.tokens:,} read in "
        f"{made.texts:,} texts.{known} In a recipe: vectors: {{tables: [{{path: {to}, dimension: "
        f"{made.config.method.dimension}}}]}}. The page: {to / 'report.html'}. {made.account}.",
        soft_wrap=True,
    )
