"""`emotion crawl`: a live source in, labelled tweets in a store, by way of the API or directly."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from emotion.commands.options import Engine, Entities, Model, engine_named, language_codes, moment
from emotion.commands.shown.terminal import visible
from emotion.commands.stopping import stoppable
from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.crawling.crawl import CrawlOptions
    from emotion.crawling.sources import Wanted
    from emotion.crawling.targets import Target

PRICE = 0.005  # as X's page of prices said in 2026
EXAMPLES = """
[bold]Examples[/bold]

  emotion crawl bluesky --to store\n
  emotion crawl bluesky --terms terms.yaml --lang en,de --to http://localhost:8000\n
  emotion crawl x --terms terms.yaml --dry-run\n
  emotion crawl x --terms terms.yaml --max-posts 10000 --keep-raw raw/ --to store\n
  emotion crawl x-search --terms terms.yaml --since 2026-11-25 --max-posts 1000 --to store\n
  emotion crawl events.jsonl --follow --to http://localhost:8000\n
  emotion crawl archive/ --speed 60 --to store\n
  emotion crawl bluesky --to http://localhost:9200/tweets --entities names\n
  some-program | emotion crawl - --to store

Kill it whenever you like: the same command goes on where it was.
"""
_API = "api+"
_TRIES = 3  # of a dry run, for which somebody waits
_SIZES = {"KB": 10**3, "MB": 10**6, "GB": 10**9}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("crawl", epilog=EXAMPLES)(crawl)


def crawl(
    source: Annotated[
        list[str],
        typer.Argument(
            help="x (its stream), x-search (its last 7 days), bluesky, archives to replay, or - for standard input.",
            show_default=False,
        ),
    ],
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="The API (http://host:8000), or a store: a directory, or an index (http://host:9200/alias).",
            show_default=False,
        ),
    ] = None,
    terms: Annotated[
        Path | None, typer.Option(help="YAML of keywords, hashtags and emoji by emotion: what to listen for.")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="Languages: en,fr or all. [dim]Default: the model's[/dim]")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Follow files that are being appended to.")] = False,
    speed: Annotated[
        float | None, typer.Option(help="Replay at its own pace (1) or faster (60). [dim]Default: at once[/dim]")
    ] = None,
    since: Annotated[str | None, typer.Option(help="x-search: only posts from this date or time on (UTC).")] = None,
    max_posts: Annotated[
        int | None, typer.Option(min=1, help="End after so many posts, all runs together; at X they cost money.")
    ] = None,
    price: Annotated[float, typer.Option(min=0, help="US dollars that X asks for a post.")] = PRICE,
    replace_rules: Annotated[
        bool, typer.Option("--replace-rules", help="x: remove rules of the app that are not ours.")
    ] = False,
    fill: Annotated[bool, typer.Option(help="x: search for what came while the stream was cut.")] = True,
    buffer: Annotated[
        Path | None, typer.Option(help="Folder of the buffer. [dim]Default: beside the store, or here[/dim]")
    ] = None,
    buffer_size: Annotated[str, typer.Option(help="Most that may wait on disk.")] = "1GB",
    when_full: Annotated[
        str | None,
        typer.Option(help="wait, drop-oldest or drop-newest. [dim]Default: wait; x: drop-oldest[/dim]"),
    ] = None,
    keep_raw: Annotated[
        Path | None, typer.Option(help="Also keep records as they came, in an archive in this folder.")
    ] = None,
    model: Model = None,
    engine: Engine = "exact",
    entities: Entities = None,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Most records sent at once.")] = 2000,
    batch_seconds: Annotated[float, typer.Option(min=0.01, help="Seconds to wait for so many.")] = 1.0,
    metrics: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Answer Prometheus on this port of this machine.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would come; send and keep nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Bring a live source's tweets to the Emotion API, or label them into a store.

    A bounded buffer on disk lies between: when the target is down or slow,
    records wait there, and after a kill the same command goes on.
    The key for X is the bearer token in X_BEARER_TOKEN, that for an API the
    one in EMOTION_API_KEY, or in the file that EMOTION_API_KEY_FILE names.
    Bluesky needs none. An address with a path is an index of Elasticsearch,
    one without a path an API; api+http://host/path is an API behind a path.
    --model, --engine and --entities are for a store: an API has its own.
    """
    from emotion.crawling.crawl import CrawlOptions
    from emotion.crawling.intake import Batching
    from emotion.stores.opening import check_live

    chosen = _languages(lang, model)
    wanted = _wanted(source, terms, chosen, speed, follow, since, replace_rules, fill)
    if dry_run:
        _rehearse(wanted, max_posts, price)
        return
    if to is None:
        raise UsageError("Say where to with --to: the address of an API, or a directory or an index for a store.")
    if not _is_api(to):
        check_live(to)
    elif lang and wanted.network is None:
        raise UsageError("--lang belongs to a network or to a store: an API labels the languages of its own model.")
    labels = _Labels(model, engine_named(engine), chosen, _checked_entities(entities, to))
    options = CrawlOptions(
        to=_target_name(to),
        buffer=_buffer(buffer, to) / wanted.key,
        buffer_bytes=_bytes(buffer_size),
        when_full=_policy(when_full, wanted),
        keep_raw=keep_raw,
        max_posts=max_posts,
        price=price if wanted.is_paid else None,
        batching=Batching(records=batch, seconds=batch_seconds),
        metrics=metrics,
    )
    _run(wanted, options, labels, json)


class _Labels(NamedTuple):
    """How a store is filled; an API has its own of all this."""

    model: str | None
    engine: Literal["exact", "fast"]
    languages: frozenset[str] | None
    entities: str | None


def _run(wanted: "Wanted", options: "CrawlOptions", labels: _Labels, json: bool) -> None:
    from emotion.crawling.crawl import crawl
    from emotion.crawling.sources import open_source

    live = open_source(wanted)
    with _ended_by_service(), stoppable("what was kept is in the buffer, and the same command goes on from there"):
        outcome = crawl(live, lambda is_known: _open_target(options.to, labels, is_known), options)
    if json:
        import orjson

        typer.echo(orjson.dumps(outcome.to_dict()).decode())
        return
    typer.echo(outcome.line())
    if outcome.spent:
        print(f"emotion: the budget of {options.max_posts:,} posts is spent.", file=sys.stderr)


@contextmanager
def _ended_by_service() -> Iterator[None]:
    """What ends a service ends the crawl as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _open_target(to: str, labels: _Labels, is_known: bool) -> "Target":
    import os
    import time

    if _is_api(to):
        from emotion.crawling.to_api import ApiTarget
        from emotion.secret import token

        return ApiTarget(to.removeprefix(_API), token(os.environ, "EMOTION_API_KEY"), is_known=is_known)
    import torch

    from emotion.crawling.to_store import StoreTarget
    from emotion.models.registry import resolve

    torch.set_num_threads(1)
    started = time.time_ns() // 1000
    model, engine = resolve(labels.model), labels.engine
    return StoreTarget(to, model, engine, labels.languages, started, labels.entities, is_known)


def _wanted(
    names: list[str],
    terms: Path | None,
    languages: frozenset[str] | None,
    speed: float | None,
    follow: bool,
    since: str | None,
    replace_rules: bool,
    fill: bool,
) -> "Wanted":
    from emotion.crawling.sources import Wanted

    return Wanted(names, terms, languages, speed, follow, moment(since, "--since"), replace_rules, fill)


def _rehearse(wanted: "Wanted", most: int | None, price: float) -> None:
    """Show what a crawl would bring."""
    from emotion.crawling.rehearsal import Rehearsal, of_x
    from emotion.crawling.sources import open_source

    rehearsal = None if wanted.is_paid else Rehearsal(open_source(wanted, tries=_TRIES))
    with stoppable():
        for line in of_x(wanted, price) if rehearsal is None else rehearsal.lines(most):
            typer.echo(visible(line))
    if rehearsal is not None:
        print(", ".join(f"{count:,} {name}" for name, count in rehearsal.counts.items()) or "nothing", file=sys.stderr)


def _languages(lang: str | None, model: str | None) -> frozenset[str] | None:
    from emotion.models.description import read_description
    from emotion.models.registry import resolve

    languages, every = language_codes(lang)
    return None if every else languages or frozenset(read_description(resolve(model)).settings.languages)


def _is_api(to: str) -> bool:
    """An address with a path names an index of a store, one without an API; `api+` says that it is an API."""
    from urllib.parse import urlsplit

    if to.startswith((f"{_API}http://", f"{_API}https://")):
        return True
    try:
        return to.startswith(("http://", "https://")) and urlsplit(to).path in ("", "/")
    except ValueError as error:
        raise UsageError(f"--to {to} is no address: {error}.") from None


def _target_name(to: str) -> str:
    return to.rstrip("/") if "://" in to else str(Path(to).absolute())


def _buffer(folder: Path | None, to: str) -> Path:
    """Beside a store, as `STORE.crawl`; here, as `emotion-crawl`, for an API."""
    if folder is not None:
        return folder
    return Path("emotion-crawl") if "://" in to else Path(f"{Path(to).absolute()}.crawl")


def _bytes(size: str) -> int:
    unit = size.strip()[-2:].upper()
    number = size.strip()[:-2].strip()
    if unit not in _SIZES or not number.isdigit() or int(number) == 0:
        raise UsageError(f"--buffer-size {size!r} is no size; write for example 500MB or 2GB.")
    return int(number) * _SIZES[unit]


def _policy(said: str | None, wanted: "Wanted") -> Any:
    """A stream that cannot be read again must not be kept waiting: what is read least is given up first."""
    policy = said or ("drop-oldest" if wanted.network == "x" else "wait")
    if policy not in ("wait", "drop-oldest", "drop-newest"):
        raise UsageError(f"--when-full {policy!r} is none of wait, drop-oldest, drop-newest.")
    return policy


def _checked_entities(entities: str | None, to: str) -> str | None:
    """What finds names; it must be there before anything is read from the source."""
    if entities is None:
        return None
    if _is_api(to):
        raise UsageError(f"--entities belongs to a store; the API at {to} finds them where it was started with it.")
    from emotion.text.entities.finders import entity_plan

    entity_plan(entities).finder()
    return entities
