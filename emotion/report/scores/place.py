"""One head on one set, and how its numbers are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor

from emotion.evaluation.result import Estimate, Evaluation, HeadEvaluation, SetEvaluation
from emotion.report.html import Html, el
from emotion.report.plots import markless

_NAMES = {"f1": "F1", "hit": "hits", "roc": "ROC", "auc": "AUC"}
_LONGEST = 16  # characters of a label in a chart


@dataclass(frozen=True)
class Place:
    """One head on one set; `number` makes the names of its charts."""

    number: int
    rows: SetEvaluation
    head: HeadEvaluation

    @property
    def title(self) -> str:
        """What people call it."""
        split = f" ({self.rows.split})" if self.rows.split else ""
        return f"{self.rows.name}{split}: {self.head.head}"

    @property
    def main(self) -> Estimate:
        """The measure to name first."""
        return self.head.measures[self.head.main]

    def name(self, part: str) -> str:
        """The identity of one of its parts within the page."""
        return f"{part}-{self.number}"


def places(evaluation: Evaluation) -> list[Place]:
    """Every head on every set, in order."""
    pairs = [(rows, head) for rows in evaluation.sets for head in rows.heads]
    return [Place(number, rows, head) for number, (rows, head) in enumerate(pairs, 1)]


@dataclass(frozen=True)
class Scale:
    """The stretch of numbers that a column of whiskers shows, from tenth to tenth."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Where a number lies, in per cent of the width."""
        return 100 * min(max((value - self.low) / (self.high - self.low), 0), 1)


def scale(estimates: Iterable[Estimate | None]) -> Scale:
    """A scale that holds all of these with their intervals."""
    numbers = [
        number
        for one in estimates
        if one is not None
        for number in (one.value, one.low, one.high)
        if number is not None
    ]
    low, high = floor(10 * min(numbers, default=0) + 1e-9) / 10, ceil(10 * max(numbers, default=1) - 1e-9) / 10
    return Scale(low, high if high > low else low + 0.1)


def whisker(scale: Scale, model: Estimate, baseline: Estimate | None = None) -> Html:
    """The model's number as a dot with its interval, the baseline's as a ring."""
    marks = [] if baseline is None else _marks(scale, baseline, "other")
    return el("div", *marks, *_marks(scale, model, "own"), class_="whisker", aria_hidden="true")


def ends(scale: Scale) -> Html:
    """The two ends of a scale, above a column of whiskers."""
    return el("span", el("span", f"{scale.low:.1f}"), el("span", f"{scale.high:.1f}"), class_="ends")


def number(value: float | None) -> str:
    """Three decimals."""
    return "" if value is None else f"{value:.3f}"


def interval(estimate: Estimate) -> str:
    """The interval, or nothing where there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{estimate.low:.3f} to {estimate.high:.3f}".replace("-", "\u2212")


def signed(value: float) -> str:
    """Three decimals with the sign of a difference."""
    return f"{value:+.3f}".replace("-", "\u2212")


def difference(estimate: Estimate) -> Html:
    """With its sign; in bold where the interval lies on one side of 0."""
    if estimate.low is None or estimate.high is None:
        return el("span", signed(estimate.value))
    around = f"{signed(estimate.low)} to {signed(estimate.high)}"
    return el("strong" if estimate.low * estimate.high > 0 else "span", signed(estimate.value), title=around)


def measure_name(name: str) -> str:
    """macro_f1 -> macro-F1, roc_auc -> ROC AUC."""
    words = [_NAMES.get(word, word) for word in name.split("_")]
    return "-".join(words) if words[0] in ("macro", "micro", "weighted") else " ".join(words)


def plain(label: str) -> str:
    """A label as a chart shows it: short, and never markup."""
    return markless(label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…")


def _marks(scale: Scale, estimate: Estimate, kind: str) -> list[Html]:
    point = el("i", class_=f"point {kind}", style=f"left:{scale.at(estimate.value):.2f}%")
    if estimate.low is None or estimate.high is None:
        return [point]
    left, right = scale.at(estimate.low), scale.at(estimate.high)
    return [el("i", class_=f"range {kind}", style=f"left:{left:.2f}%;width:{right - left:.2f}%"), point]
