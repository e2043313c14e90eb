"""`emotion summary|search|timeline|top|export|report`: questions to a store."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from emotion.commands.options import Since, Until
from emotion.commands.query_examples import EXAMPLES
from emotion.commands.query_options import (
    All,
    Csv,
    Emotion,
    Felt,
    Hashtag,
    Json,
    Lang,
    Store,
    User,
    filter_of,
    for_programs,
)
from emotion.commands.shown.run import show_run
from emotion.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from emotion.stores.answers import Filter, Found, Hit, Kind, Period, SignificantTerm, Term
    from emotion.stores.protocol import Queries

_KINDS = "hashtags, words, emoji, mentions, entities, people, places, organisations, products"
_OF_A_HIT = ("tweet_id", "created_at", "user_name", "lang", "emotion", "score", "text", "source", "line")
_OF_A_TERM = ("emotion", "rank", "term", "written", "tweets", "elsewhere")
UNFINISHED = "This store is unfinished: a job on it has not come to its end, and answers may change."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (summary, search, timeline, top, export, report):
        examples = "\n\n".join(f"  {line}" for line in EXAMPLES[command.__name__])
        app.command(command.__name__, epilog=f"[bold]Examples[/bold]\n\n{examples}")(command)


def summary(
    store: Store,
    run: Annotated[bool, typer.Option("--run", help="Show the accounts of the job instead.")] = False,
    since: Since = None,
    until: Until = None,
    hashtag: Hashtag = None,
    user: User = None,
    lang: Lang = None,
    all: All = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """What was felt in a store, in one view."""
    with _opened(store, all) as queries:
        if run:
            show_run(queries, json, csv)
            return
        filter = filter_of(since, until, hashtag=hashtag, user=user, lang=lang)
        answer = queries.summary(filter)
        rows = [{"emotion": emotion, "tweets": count} for emotion, count in answer.emotions.items()]
        if not for_programs(answer, rows, ("emotion", "tweets"), json, csv):
            from emotion.commands.shown.store import show, summary_view

            show(summary_view(queries, answer, queries.peaks(filter)))


def search(
    store: Store,
    query: Annotated[str, typer.Argument(help="Words that must all be there; #tags and @names too.")] = "",
    emotion: Emotion = None,
    since: Since = None,
    until: Until = None,
    hashtag: Hashtag = None,
    user: User = None,
    lang: Lang = None,
    felt: Felt = None,
    limit: Annotated[int, typer.Option(min=1, help="Most tweets to show.")] = 20,
    relevance: Annotated[
        bool, typer.Option("--relevance", help="Any of the words, the best match first (Elasticsearch only).")
    ] = False,
    all: All = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Find tweets that hold every word asked for, newest first."""
    with _opened(store, all) as queries:
        filter = filter_of(since, until, emotion=emotion, hashtag=hashtag, user=user, lang=lang, felt=felt)
        found = _relevant(queries, query, filter, limit) if relevance else queries.search(query, filter, limit)
        if not for_programs(found, [_hit_row(hit) for hit in found.hits], _OF_A_HIT, json, csv):
            from emotion.commands.shown.store import found_view, show

            show(found_view(found, queries.emotions, "best" if relevance else "newest"))


def timeline(
    store: Store,
    by: Annotated[str, typer.Option(help="hour, day, week or month.")] = "day",
    emotion: Emotion = None,
    since: Since = None,
    until: Until = None,
    hashtag: Hashtag = None,
    user: User = None,
    lang: Lang = None,
    felt: Felt = None,
    all: All = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Emotions over time (UTC)."""
    with _opened(store, all) as queries:
        period = cast("Period", by)
        filter = filter_of(since, until, emotion=emotion, hashtag=hashtag, user=user, lang=lang, felt=felt)
        buckets = queries.timeline(period, filter)
        rows = [{"start": _iso(bucket.start), "tweets": bucket.tweets, **bucket.emotions} for bucket in buckets]
        if not for_programs(rows, rows, ("start", "tweets", *queries.emotions), json, csv):
            from emotion.commands.shown.store import show, timeline_table

            show(timeline_table(buckets, period, queries.emotions))


def top(
    store: Store,
    kind: Annotated[
        str,
        typer.Argument(help=f"One of {_KINDS}."),
    ] = "hashtags",
    by: Annotated[str | None, typer.Option(help="emotion: the most frequent of each emotion.")] = None,
    significant: Annotated[
        bool, typer.Option("--significant", help="What marks each emotion against the others.")
    ] = False,
    emotion: Emotion = None,
    since: Since = None,
    until: Until = None,
    hashtag: Hashtag = None,
    user: User = None,
    lang: Lang = None,
    felt: Felt = None,
    limit: Annotated[
        int, typer.Option(min=1, help="Most terms to show, of each emotion with --by or --significant.")
    ] = 10,
    all: All = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """What tweets are about: the most frequent hashtags, words, emoji, mentions or entities."""
    if by not in (None, "emotion"):
        raise UsageError(f"--by {by!r} is not known; write --by emotion, or leave it out.")
    with _opened(store, all) as queries:
        what = cast("Kind", kind)
        filter = filter_of(since, until, emotion=emotion, hashtag=hashtag, user=user, lang=lang, felt=felt)
        if significant or by:
            ask = queries.significant if significant else queries.top_by_emotion
            columns = (*_OF_A_TERM, "score") if significant else _OF_A_TERM
            _show_by_emotion(queries, ask(what, filter, limit), columns, json, csv)
            return
        terms = queries.top(what, filter, limit)
        rows = [{"term": term.term, "written": term.written, "tweets": term.tweets, **term.emotions} for term in terms]
        if not for_programs(terms, rows, ("term", "written", "tweets", *queries.emotions), json, csv):
            from emotion.commands.shown.store import show, terms_table

            show(terms_table(terms, queries.emotions))


def export(
    store: Store,
    to: Annotated[Path, typer.Option("--to", help="File to write: .csv, .jsonl or .parquet.", show_default=False)],
    emotion: Emotion = None,
    since: Since = None,
    until: Until = None,
    hashtag: Hashtag = None,
    user: User = None,
    lang: Lang = None,
    felt: Felt = None,
) -> None:
    """Write documents to a file for other programs."""
    from emotion.stores.export import export as write

    with _opened(store, False) as queries:
        filter = filter_of(since, until, emotion=emotion, hashtag=hashtag, user=user, lang=lang, felt=felt)
        count = write(queries.documents(filter), to)
    typer.echo(f"{count:,} documents written to {to}.")


def report(
    store: Store,
    to: Annotated[Path, typer.Option("--to", help="Page to write.")] = Path("report.html"),
    since: Since = None,
    until: Until = None,
    all: All = False,
) -> None:
    """Write one HTML page with charts, which needs nothing else: no server, no network."""
    from emotion.report.page import write_report

    with _opened(store, all):
        write_report(store, to, filter_of(since, until), everything=all)
    typer.echo(f"The page is {to}.")


def show_summary(store: str, console: "Console") -> None:
    """Print the summary of a store, as `emotion summary` does."""
    from emotion.commands.shown.store import summary_view

    with _opened(store, False) as queries:
        console.print(summary_view(queries, queries.summary(), queries.peaks()), highlight=False)


def _opened(store: str, everything: bool) -> "Queries":
    """The store's answers; that it is unfinished is told on standard error, so that programs read what they expect."""
    from emotion.stores.opening import open_queries

    queries = open_queries(store, everything)
    if queries.unfinished:
        typer.echo(UNFINISHED, err=True)
    return queries


def _relevant(queries: "Queries", query: str, filter: "Filter", limit: int) -> "Found":
    from emotion.stores.elasticsearch.queries.index import ElasticsearchQueries

    if not isinstance(queries, ElasticsearchQueries):
        raise UsageError(f"{queries.name} is no index, and ranks tweets by time alone; leave out --relevance.")
    return queries.relevant(query, filter, limit)


def _show_by_emotion(
    queries: "Queries",
    terms: "Mapping[str, Sequence[Term | SignificantTerm]]",
    columns: "Sequence[str]",
    json: bool,
    csv: bool,
) -> None:
    rows = [
        {"emotion": emotion, "rank": rank, **_term_row(term, emotion)}
        for emotion, held in terms.items()
        for rank, term in enumerate(held, 1)
    ]
    if not for_programs(terms, rows, columns, json, csv):
        from emotion.commands.shown.store import by_emotion_table, show

        show(by_emotion_table(terms, queries.emotions))


def _term_row(term: "Term | SignificantTerm", emotion: str) -> dict[str, Any]:
    from emotion.stores.answers import Term

    if isinstance(term, Term):
        here = term.emotions[emotion]
        return {"term": term.term, "written": term.written, "tweets": here, "elsewhere": term.tweets - here}
    row = {"term": term.term, "written": term.written, "tweets": term.tweets, "elsewhere": term.elsewhere}
    return row | {"score": round(term.score, 3)}


def _hit_row(hit: "Hit") -> dict[str, Any]:
    row = {name: getattr(hit, name) for name in _OF_A_HIT}
    return row | {"created_at": _iso(hit.created_at), "score": round(hit.score, 6)}


def _iso(time: datetime | None) -> str | None:
    return time.isoformat().replace("+00:00", "Z") if time else None
