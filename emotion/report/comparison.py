"""One page about two models on the same texts."""

from pathlib import Path
from typing import Any

from emotion.evaluation.comparison import Comparison, HeadComparison, SetComparison
from emotion.evaluation.result import in_words
from emotion.report.html import Html, el, joined
from emotion.report.parts import section
from emotion.report.scores import pair
from emotion.report.scores.headline import COUNTED, TASKS, contents
from emotion.report.scores.place import measure_name, signed
from emotion.report.skeleton import assembled, write_page

TITLE = "Two models side by side"


def write_comparison(comparison: Comparison, to: Path) -> None:
    """Write the page about a comparison; a UsageError where there is no folder for `to`."""
    write_page(to, page(comparison))


def page(comparison: Comparison) -> str:
    """The page as text."""
    figures: dict[str, Any] = {}
    pairs = [(of_set, head) for of_set in comparison.sets for head in of_set.heads]
    entries = [(f"head-{at}", _title(*each)) for at, each in enumerate(pairs, 1)]
    sections = [_head(at, of_set, head, figures) for at, (of_set, head) in enumerate(pairs, 1)]
    header = _header(comparison, pairs)
    return assembled(TITLE, header, [contents(entries), *sections], _foot(comparison), figures)


def _header(comparison: Comparison, pairs: list[tuple[SetComparison, HeadComparison]]) -> Html:
    first, second = comparison.first, comparison.second
    models = joined("A is ", el("strong", first.name), f" ({first.id}), B is ", el("strong", second.name))
    numbers = [
        el(
            "div",
            el("dt", f"{measure_name(head.main)}, B less A, {_title(of_set, head)}"),
            el("dd", signed(head.differences[head.main].value)),
        )
        for of_set, head in pairs[:4]
    ]
    speeds = comparison.speeds
    for letter, speed in (("A", speeds.first), ("B", speeds.second)) if speeds else ():
        numbers.append(el("div", el("dt", f"texts a second, {letter}, one thread"), el("dd", f"{speed:,.0f}")))
    return el(
        "header",
        el("p", "Comparison", class_="eyebrow"),
        el("h1", TITLE),
        el("p", models, f" ({second.id}).", class_="lede"),
        el("dl", numbers, class_="numbers") if numbers else "",
    )


def _head(at: int, of_set: SetComparison, head: HeadComparison, figures: dict[str, Any]) -> Html:
    crossed, drawn = pair.crossed(head, f"crossed-{at}")
    figures |= drawn
    told = COUNTED if head.counted else TASKS[head.task]
    about = f"{head.rows:,} texts, {len(head.labels)} labels. {told} {in_words(head.skipped)}"
    parts = [pair.measures(head), pair.per_label(head), crossed, *pair.examples(head)]
    return section(f"head-{at}", _title(of_set, head), about, el("div", *parts, class_="cards"))


def _title(of_set: SetComparison, head: HeadComparison) -> str:
    return f"{of_set.name}: {' and '.join(dict.fromkeys(head.heads))}"


def _foot(comparison: Comparison) -> Html:
    drawn = (
        f"Intervals hold {100 * comparison.level:g} % of {comparison.resamples:,} bootstrap resamples of the texts, "
        f"the same for both models (Efron and Tibshirani 1993; seed {comparison.seed}). Bold: the interval lies on one "
        "side of 0. "
    )
    timed = f"Speeds are of {comparison.speeds.texts:,} texts on one machine. " if comparison.speeds else ""
    left = "".join(f"Not compared on {of_set.name}: {line}. " for of_set in comparison.sets for line in of_set.left)
    said = f"{left}{drawn if comparison.resamples else ''}{timed}The page holds all it needs and fetches nothing."
    return el("footer", el("p", said))
