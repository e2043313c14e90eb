"""One page about a search: what won and by how much, what mattered, and every trial."""

from typing import Any

from emotion.report.html import Html, el, joined
from emotion.report.parts import chart, folded, section
from emotion.report.scores.headline import contents
from emotion.report.search import charts, tables
from emotion.report.search.found import Found, best, front
from emotion.report.search.written import number, so_many, speed, values
from emotion.report.skeleton import assembled

TITLE = "What the search found"
_PLACES = {
    "final": "the final",
    "time": "over time",
    "curves": "learning curves",
    "importance": "what mattered",
    "parallel": "values",
    "front": "quality, speed, size",
    "slices": "kinds of texts",
    "trials": "all trials",
}


def page(found: Found) -> str:
    """The page as text."""
    figures: dict[str, Any] = {}
    sections = {
        "final": tables.final(found),
        "time": _drawn("time", "Quality over time", _OVER_TIME, charts.over_time(found), figures),
        "curves": _drawn("curves", "Learning curves", _CURVES, charts.learning(found), figures),
        "importance": _drawn("importance", "What mattered", _importance(found), charts.importance(found), figures),
        "parallel": _drawn("parallel", "Values side by side", _PARALLEL, charts.parallel(found), figures),
        "front": _front(found, figures),
        "slices": tables.slices(found),
        "trials": _trials(found),
    }
    kept = {name: shown for name, shown in sections.items() if shown}
    parts = [contents([(name, _PLACES[name]) for name in kept]), *kept.values()]
    return assembled(TITLE, _header(found), parts, _foot(found), {name: {"": one} for name, one in figures.items()})


_OVER_TIME = (
    "Each trial where it ended, by minutes of search; the line is the best so far. Hollow: stopped or interrupted."
)
_CURVES = "Quality on validation by epoch, a line a trial; the best five are in colour."
_PARALLEL = (
    "Each line is a trial, by way of its values to its quality; the best five are in the colours of their curves."
)


def _drawn(name: str, title: str, about: str, figure: dict[str, Any] | None, figures: dict[str, Any]) -> Html:
    """A section with one chart; nothing where there is nothing to draw."""
    if figure is None:
        return Html("")
    figures[f"{name}-chart"] = figure
    size = "square" if name in ("parallel", "front") else "bars"
    shown = el("div", chart(f"{name}-chart", f"{title}; the numbers are in the table of trials.", size), class_="card")
    return section(name, title, about, shown)


def _importance(found: Found) -> str:
    if found.importance is None:
        return ""
    return (
        f"The share of the differences in quality that each parameter explains by itself, by {found.importance.method} "
        f"over {found.importance.trials} trials. With few trials this is rough."
    )


def _front(found: Found, figures: dict[str, Any]) -> Html:
    kept = front(found.trials)
    if not kept:
        return Html("")
    figures["front-chart"] = charts.front_of(found)
    about = (
        "Tweets a second of one core against quality; small dots are small bundles. The line joins trials that no "
        "other beats in quality, speed and size."
    )
    shown = chart("front-chart", "Quality against speed; the trials on the line are in the table.", "square")
    return section(
        "front", "Quality, speed and size", about, el("div", shown, class_="card"), tables.front(found, kept)
    )


def _trials(found: Found) -> Html:
    about = "The best first. The command trains a trial again, to the same model on the same machine."
    return section("trials", "All trials", about, folded(so_many(len(found.trials)), tables.trials(found)))


def _header(found: Found) -> Html:
    tried = best(found.trials)
    names = ("stopped", "interrupted", "failed")
    counts = {status: sum(trial.status == status for trial in found.trials) for status in names}
    lede = [f"{found.name}: ", el("strong", so_many(len(found.trials))), f" by {found.searcher}"]
    lede += [f" and {found.scheduler}"] if found.scheduler != "none" else []
    lede += [f"; {counts['stopped']} stopped early"] if counts["stopped"] else []
    lede += [f"; {counts['interrupted']} interrupted"] if counts["interrupted"] else []
    lede += [f"; {counts['failed']} failed"] if counts["failed"] else []
    numbers = [("best quality on validation, one seed", number(tried[0].quality))] if tried else []
    numbers += [(f"mean − std of {found.winner}", number(one.score)) for one in tables.winning(found)]
    numbers += [("tweets a second of one core, best trial", speed(tried[0].speed))] if tried else []
    shown = [el("div", el("dt", about), el("dd", said)) for about, said in numbers]
    return el(
        "header",
        el("p", "Search", class_="eyebrow"),
        el("h1", TITLE),
        el("p", joined(*lede), ".", class_="lede"),
        el("dl", shown, class_="numbers") if shown else "",
        el("p", f"Best trial {tried[0].number}: {values(tried[0].values)}", class_="caption") if tried else "",
    )


def _foot(found: Found) -> Html:
    said = (
        "Quality is the recipe's own choice of measures on validation. The winner is the one with the highest mean "
        "minus one standard deviation over seeds that the search did not use; the test split is measured once, "
        "after that. "
    )
    return el("footer", el("p", said, f"emotion {found.emotion}. The page holds all it needs and fetches nothing."))
