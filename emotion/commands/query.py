"""`emotion summary|search|examples|top`, and the register of all that asks a store."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from emotion.commands.query_examples import EXAMPLES
from emotion.commands.query_files import export, report
from emotion.commands.query_options import All, Csv, Json, Store, Zone, filtered, for_programs, iso, opened
from emotion.commands.query_time import gaps, peaks, rhythm, timeline
from emotion.commands.shown.run import show_run
from emotion.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from emotion.stores.answers import Filter, Found, Hit, Kind, SignificantTerm, Term
    from emotion.stores.protocol import Queries

_KINDS = "hashtags, words, emoji, mentions, entities, people, places, organisations, products"
_OF_A_HIT = ("tweet_id", "created_at", "user_name", "lang", "emotion", "score", "text", "source", "line")
_OF_A_TERM = ("emotion", "rank", "term", "written", "tweets", "elsewhere")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (summary, search, examples, top, timeline, peaks, rhythm, gaps, export, report):
        lines = "\n\n".join(f"  {line}" for line in EXAMPLES[command.__name__])
        app.command(command.__name__, epilog=f"[bold]Examples[/bold]\n\n{lines}")(command)


@filtered
def summary(
    store: Store,
    filter: "Filter",
    run: Annotated[bool, typer.Option("--run", help="Show the accounts of the job instead.")] = False,
    zone: Zone = "UTC",
    all: All = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """What was felt in a store, in one view."""
    if run:
        _check_alone(filter, zone, all)
        with opened(store, all) as queries:
            show_run(queries, json, csv)
        return
    with opened(store, all, zone) as queries:
        answer = queries.summary(filter)
        rows = [{"emotion": emotion, "tweets": count} for emotion, count in answer.emotions.items()]
        if not for_programs(answer, rows, ("emotion", "tweets"), json, csv):
            from emotion.commands.shown.store import show, summary_view

            show(summary_view(queries, answer))


def _check_alone(filter: "Filter", zone: str, all: bool) -> None:
    """The accounts of a job are of the whole store, and of no tweets that could be chosen."""
    from dataclasses import asdict

    named = {"felt": "--felt" if filter.felt else "--not-felt"}
    given = [named.get(name, f"--{name}") for name, value in asdict(filter).items() if value is not None]
    given += ["--zone"] * (zone != "UTC") + ["--all"] * all
    if given:
        raise UsageError(f"--run shows the accounts of a job, which no option changes: leave out {', '.join(given)}.")


@filtered
def search(
    store: Store,
    filter: "Filter",
    query: Annotated[str, typer.Argument(help="Words that must all be there; #tags and @names too.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Most tweets to show.")] = 20,
    relevance: Annotated[
        bool, typer.Option("--relevance", help="Any of the words, the best match first (Elasticsearch only).")
    ] = False,
    all: All = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Find tweets that hold every word asked for, newest first."""
    with opened(store, all) as queries:
        found = _relevant(queries, query, filter, limit) if relevance else queries.search(query, filter, limit)
        if not for_programs(found, [_hit_row(hit) for hit in found.hits], _OF_A_HIT, json, csv):
            from emotion.commands.shown.store import found_view, show

            show(found_view(found, queries.emotions, "best" if relevance else "newest"))


@filtered
def examples(
    store: Store,
    filter: "Filter",
    limit: Annotated[int, typer.Option(min=1, help="Most tweets of each emotion.")] = 3,
    all: All = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """The tweets of each emotion that the model is surest of."""
    with opened(store, all) as queries:
        found = queries.examples(filter, limit)
        rows = [_hit_row(hit) for hits in found.values() for hit in hits]
        if not for_programs(found, rows, _OF_A_HIT, json, csv):
            from emotion.commands.shown.store import examples_view, show

            show(examples_view(found, queries.emotions))


@filtered
def top(
    store: Store,
    filter: "Filter",
    kind: Annotated[
        str,
        typer.Argument(help=f"One of {_KINDS}."),
    ] = "hashtags",
    by: Annotated[str | None, typer.Option(help="emotion: the most frequent of each emotion.")] = None,
    significant: Annotated[
        bool, typer.Option("--significant", help="What marks each emotion against the others.")
    ] = False,
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
    with opened(store, all) as queries:
        what = cast("Kind", kind)
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


def show_summary(store: str, console: "Console") -> None:
    """Print the summary of a store, as `emotion summary` does."""
    from emotion.commands.shown.store import summary_view

    with opened(store, False) as queries:
        console.print(summary_view(queries, queries.summary()), highlight=False)


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
    return row | {"created_at": iso(hit.created_at), "score": round(hit.score, 6)}
