"""`emotion label`: an archive in, labelled tweets in a store."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from emotion.commands.options import (
    DateField,
    Engine,
    Entities,
    Format,
    IdField,
    LangField,
    Model,
    Since,
    TextField,
    Until,
    UserField,
    engine_named,
    language_codes,
    moment,
)
from emotion.commands.shown.terminal import visible
from emotion.commands.stopping import stoppable
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.labelling.run import Run

EXAMPLES = """
[bold]Examples[/bold]

  emotion label tweets.jsonl.gz --to store\n
  emotion label archive/ 'more/*.bz2' --to store --since 2017-01-01 --until 2017-02-01\n
  emotion label posts.csv --text-field body --id-field post_id --lang all --to store\n
  emotion label s3://bucket/days/ --to s3://bucket/store --model s3://bucket/models/chosen\n
  zcat tweets.gz | emotion label - --to store\n
  emotion label archive/ --to store --entities people.tsv,names\n
  emotion label archive/ --to store --model runs/mine --restart\n
  emotion label store --to better --model runs/mine\n
  emotion label archive/ --to http://localhost:9200/tweets

Kill it whenever you like: the same command goes on where it was.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("label", epilog=EXAMPLES)(label)


def label(
    archives: Annotated[
        list[str], typer.Argument(help="Files, folders, globs, s3:// or gs://, stores, or -.", show_default=False)
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="Store to write to: a directory, s3://bucket/folder, or http://host:9200/alias.",
            show_default=False,
        ),
    ],
    model: Model = None,
    engine: Engine = "exact",
    lang: Annotated[
        str | None, typer.Option(help="Languages to label: en,fr or all. [dim]Default: the model's[/dim]")
    ] = None,
    since: Since = None,
    until: Until = None,
    retweets: Annotated[str, typer.Option(help="keep: a document each; fold: one an original; skip.")] = "keep",
    drop_user: Annotated[bool, typer.Option("--drop-user", help="Leave out users; mask mentions.")] = False,
    hash_ids: Annotated[bool, typer.Option("--hash-ids", help="Replace ids and user names by keyed hashes.")] = False,
    entities: Entities = None,
    format: Format = None,
    text_field: TextField = None,
    id_field: IdField = None,
    date_field: DateField = None,
    lang_field: LangField = None,
    user_field: UserField = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Label everything anew beside the old store, then exchange them.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="CPU workers. [dim]Default: one a CPU on Ray, one without it[/dim]")
    ] = None,
    gpus: Annotated[int, typer.Option(min=0, help="GPUs to predict on.")] = 0,
    ray: Annotated[str, typer.Option(help="auto, off, local, or the address of a cluster.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print the accounts as JSON.")] = False,
) -> None:
    """Label archives of tweets with emotions and write them to a store.

    Any format people have is recognised: Twitter's API v1.1 and v2, stream
    grabs, Gnip, X's own download, JSON lines, CSV, Parquet and plain text;
    compressed by gzip, bzip2, zstd or xz; in tar and zip. A store too, to
    label its tweets anew into another one.
    """
    from emotion.labelling.job import label as run_job
    from emotion.labelling.options import LabelOptions
    from emotion.tweets.reader import ReadOptions

    languages, all_languages = language_codes(lang)
    options = LabelOptions(
        archives=tuple(archives),
        to=to,
        model=model,
        engine=engine_named(engine),
        languages=languages,
        all_languages=all_languages,
        since=moment(since, "--since"),
        until=moment(until, "--until"),
        retweets=_one_of("--retweets", retweets, ("keep", "fold", "skip")),
        drop_user=drop_user,
        hash_ids=hash_ids,
        entities=entities,
        read=ReadOptions(format, text_field, id_field, date_field, lang_field, user_field),
        restart=restart,
        workers=workers,
        gpus=gpus,
        ray=ray,
    )
    with stoppable("what was committed is kept, and the same command goes on from there"):
        run = run_job(options)
    _show(run, json)


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise UsageError(f"{option} {value!r} is none of {', '.join(allowed)}.")
    return value


def _show(run: "Run", json: bool) -> None:
    import orjson

    if json:
        typer.echo(orjson.dumps(run.to_dict()).decode())
        return
    from rich.console import Console

    from emotion.commands.shown.accounts import accounts_table, of_languages

    console = Console(markup=False)
    console.print(accounts_table(run.accounts))
    rate = f", {run.read_now / run.seconds:,.0f} records a second" if run.read_now else ""
    console.print(
        f"{run.read_now:,} records read now in {run.seconds:,.1f} s{rate}, by model {run.model} ({run.engine})."
    )
    for line in of_languages(run.accounts, run.languages, run.no_language):
        console.print(line, soft_wrap=True)
    if run.left_aside:
        console.print(f"Left aside, as no archive of tweets: {_some(run.left_aside)}.")
    console.print(f"The store is {run.store}. Next: emotion summary {run.store}", soft_wrap=True)


def _some(names: tuple[str, ...], most: int = 5) -> str:
    return ", ".join(map(visible, names[:most])) + (f" and {len(names) - most} more" if len(names) > most else "")
