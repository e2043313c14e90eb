"""`emotion report`: one page about a store that needs nothing else, neither server nor network."""

from pathlib import Path

from emotion.report import accounts, charts, overview, topics
from emotion.report.facts import Facts, gather
from emotion.report.html import Html
from emotion.report.skeleton import assembled, check_folder, write_page
from emotion.stores.answers import Filter

TITLE = "What was felt"


def write_report(
    store: str, to: Path, filter: Filter | None = None, *, everything: bool = False, zone: str = "UTC"
) -> None:
    """Write the page about a store, or about those of its tweets that a filter lets through, by a zone's clock.

    Raises:
        UsageError: there is no store at `store`, or no folder for `to`.
    """
    check_folder(to)
    write_page(to, page(gather(store, filter or Filter(), everything, zone)))


def page(facts: Facts) -> str:
    """The page as text."""
    if not facts.summary.tweets:
        return assembled(TITLE, accounts.nothing(), accounts.empty(facts), Html(""), {})
    figures = {}
    if facts.timeline:
        figures["timeline"] = charts.over_time(facts.timeline, facts.by, facts.emotions, facts.summary.peaks)
    if facts.rhythm.tweets:
        figures["rhythm"] = charts.over_the_week(facts.rhythm, facts.emotions)
    return assembled(TITLE, overview.head(facts), _sections(facts), accounts.foot(facts), figures)


def _sections(facts: Facts) -> list[Html]:
    return [
        overview.timeline(facts),
        overview.rhythm(facts),
        topics.hashtags(facts),
        topics.entities(facts),
        topics.marks(facts),
        topics.profile(facts),
        topics.examples(facts),
        accounts.accounts(facts.run),
    ]
