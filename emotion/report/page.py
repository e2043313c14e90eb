"""`emotion report`: one page about a store that needs nothing else, neither server nor network."""

from importlib.resources import files
from pathlib import Path

from emotion.errors import UsageError
from emotion.report import accounts, charts, overview, topics
from emotion.report.facts import Facts, gather
from emotion.report.html import Html, data_script, document, el, joined
from emotion.stores.answers import Filter
from emotion.stores.files import write_whole


def write_report(store: Path, to: Path, filter: Filter | None = None, *, everything: bool = False) -> None:
    """Write the page about a store, or about those of its tweets that a filter lets through.

    Raises:
        UsageError: there is no store at `store`, or no folder for `to`.
    """
    if not to.parent.is_dir():
        raise UsageError(f"The folder {to.parent} does not exist; make it first.")
    facts = gather(store, filter or Filter(), everything)
    write_whole(to, page(facts).encode("utf-8", "replace"))


def page(facts: Facts) -> str:
    """The page as text."""
    if not facts.summary.tweets:
        return document("What was felt", _resource("report.css"), [], accounts.empty(facts))
    figures = {"timeline": charts.over_time(facts.timeline, facts.emotions, facts.peaks)} if facts.timeline else {}
    if facts.rhythm.tweets:
        figures["rhythm"] = charts.over_the_week(facts.rhythm, facts.emotions)
    body = joined(
        overview.head(facts), el("main", _sections(facts)), accounts.foot(facts), data_script("charts", figures)
    )
    scripts = [plotly_script(), _resource("report.js")] if figures else []
    return document("What was felt", _resource("report.css"), scripts, body)


def plotly_script() -> str:
    """plotly's JavaScript from its wheel, with line ends as a browser hashes them."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).replace("\r\n", "\n")


def _sections(facts: Facts) -> Html:
    return joined(
        el("noscript", el("p", "The charts need JavaScript; their numbers are in the tables.", class_="notice")),
        overview.timeline(facts),
        overview.rhythm(facts),
        topics.hashtags(facts),
        topics.marks(facts),
        topics.profile(facts),
        topics.examples(facts),
        accounts.accounts(facts.run),
    )


def _resource(name: str) -> str:
    return files("emotion.report").joinpath(name).read_text(encoding="utf-8")
