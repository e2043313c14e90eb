"""The end of the page: what became of every record, and how the numbers were made; and the page of an empty store."""

from typing import Any

from emotion.report.facts import Facts, chosen
from emotion.report.html import Html, el
from emotion.report.parts import section
from emotion.stores.answers import SHARES
from emotion.stores.significance import FEWEST, LEAST

_NAMED = 20  # files left aside, by name


def accounts(run: dict[str, Any] | None) -> Html:
    """The accounts of the run: every record read is somewhere."""
    if run is None:
        return Html("")
    skipped = sum(run.get("skipped", {}).values())
    read = [
        ("labelled", run["labelled"], ""),
        ("skipped", skipped, ""),
        *((reason, count, "inset") for reason, count in run.get("skipped", {}).items()),
        ("dead letters: could not be read", run["dead_letters"], ""),
        ("delete notices", run["deleted"], ""),
        ("records read", run["read"], "sum"),
    ]
    kept = [
        ("labelled", run["labelled"], ""),
        ("second copies, left out", -run["duplicates"], ""),
        ("deleted by their authors", -run["removed"], ""),
        ("documents in the store", run["documents"], "sum"),
    ]
    return section(
        "accounts",
        "Nothing lost, nothing counted twice",
        "Every record of the archive is accounted for.",
        el("div", _table(read, "What was read"), _table(kept, "What was kept"), class_="two"),
        _left_aside(run.get("left_aside", [])),
    )


def foot(facts: Facts) -> Html:
    """How to read the page."""
    run = facts.run or {}
    model = f" Model {run['model']}, engine {run['engine']}." if "model" in run and "engine" in run else ""
    none = (
        "Every tweet counts as its best emotion."
        if facts.everything
        else "Tweets in which the model finds no feeling count as none."
    )
    return el(
        "footer",
        el(
            "p",
            f"{none} {SHARES} Emotions are a model's reading of a text; it errs, and it does not know what anybody "
            f"felt.{model}",
        ),
        el(
            "p",
            "A day stands out where an emotion's tweets lie four standard deviations (Poisson) or more above its "
            "median day. Words mark an emotion by the z-score of their log-odds with an informative Dirichlet prior "
            f"(Monroe et al. 2008), from {LEAST} on; words in fewer than {FEWEST} tweets are left out.",
        ),
        el("p", f"Made from the store {facts.store}. The page holds all it needs and fetches nothing."),
    )


def nothing() -> Html:
    """The header of a page that has no tweet to tell of."""
    return el("header", el("p", "Emotions of tweets", class_="eyebrow"), el("h1", "Nothing to show yet"))


def empty(facts: Facts) -> list[Html]:
    """What such a page says instead."""
    read = (
        f" The job read {facts.run['read']:,} records and kept none of them."
        if facts.run and facts.run.get("read")
        else ""
    )
    which = chosen(facts)
    card = el(
        "div",
        el("h2", "No tweets"),
        el("p", f"Only tweets {which} were asked for.") if which else "",
        el("p", f"The store {facts.store} holds no tweet, or none of those asked for.{read}"),
        el("p", "Label an archive first, or ask for others:"),
        el("p", el("code", f"emotion label ARCHIVE --to {facts.store}")),
        class_="card blank",
    )
    return [card, accounts(facts.run)]


def _left_aside(names: list[str]) -> Html:
    """Files of the archive that hold no tweets, so that nobody takes them for read."""
    if not names:
        return Html("")
    more = f" and {len(names) - _NAMED:,} more (see run.json)" if len(names) > _NAMED else ""
    return el("p", f"Left aside, as no archive of tweets: {', '.join(names[:_NAMED])}{more}.", class_="about")


def _table(lines: list[tuple[str, int, str]], caption: str) -> Html:
    rows = [
        el(
            "tr",
            el("th", name, scope="row"),
            el("td", f"{count:,}".replace("-", "\u2212"), class_="n"),
            class_=kind or None,
        )
        for name, count, kind in lines
    ]
    return el("div", el("h3", caption), el("table", el("tbody", *rows)), class_="card")
