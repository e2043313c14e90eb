"""`emotion kibana`: the dashboard of a store in Elasticsearch, put into a Kibana."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.stores.described import Described

_LIVE = timedelta(days=2)  # since the last tweet
EXAMPLES = """
[bold]Examples[/bold]

  emotion kibana http://localhost:5601 --store http://localhost:9200/tweets\n
  emotion kibana https://elastic@kibana.example.org --store https://elastic@es.example.org:9200/tweets\n
  emotion kibana --store http://localhost:9200/tweets --to tweets.ndjson

Passwords and keys come from the environment: EMOTION_ES_PASSWORD or EMOTION_ES_API_KEY.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("kibana", epilog=EXAMPLES)(kibana)


def kibana(
    url: Annotated[str | None, typer.Argument(help="Kibana, as http://host:5601.", show_default=False)] = None,
    store: Annotated[str, typer.Option("--store", help="Store in Elasticsearch that is shown.")] = "",
    space: Annotated[str | None, typer.Option(help="Kibana's space. [dim]Default: the default one[/dim]")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="Write a file to import by hand instead.")] = None,
) -> None:
    """Put a dashboard of a store into Kibana: emotions over time, subjects, the week, a search.

    What was put there before is brought up to date; nothing else is touched.
    """
    from emotion.stores.elasticsearch.address import is_address
    from emotion.stores.elasticsearch.kibana.objects import ndjson, saved_objects
    from emotion.stores.elasticsearch.kibana.upload import kibana_at, upload
    from emotion.stores.files import write_whole

    if (url is None) == (to is None):
        raise UsageError("Name a Kibana (http://host:5601), or a file to write with --to FILE.")
    if not is_address(store):
        raise UsageError("--store names the store that is shown, which is in Elasticsearch: http://host:9200/alias.")
    there = kibana_at(url, space) if url else None
    alias, described, period = _described(store)
    lines = ndjson(saved_objects(alias, described, period))
    if there is not None:
        typer.echo(f"{upload(there, lines)} objects are in Kibana: open the dashboard “Emotions in {alias}” there.")
    elif to is not None:
        write_whole(to, lines.encode())
        typer.echo(f"The file is {to}; import it in Kibana under Stack Management, Saved Objects.")


def _described(store: str) -> "tuple[str, Described, tuple[str, str]]":
    """The alias, what is in it, and the time to look at."""
    from emotion.stores.elasticsearch.address import address
    from emotion.stores.elasticsearch.queries.index import ElasticsearchQueries

    with ElasticsearchQueries(address(store)) as queries:
        summary = queries.summary()
        return queries.address.alias, queries.described, period_of(summary.first, summary.last, datetime.now(UTC))


def period_of(first: datetime | None, last: datetime | None, now: datetime) -> tuple[str, str]:
    """From the first tweet to the last, or until now where tweets still come."""
    if first is None or last is None:
        return "now-20y", "now"
    end = last + timedelta(seconds=1)
    return first.isoformat(), "now" if now - last < _LIVE else end.isoformat()
