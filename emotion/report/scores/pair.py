"""One head of two models on the same texts: A the first, B the second."""

from collections.abc import Iterator
from typing import Any

from emotion.evaluation.comparison import Example, HeadComparison, McNemar, Said
from emotion.evaluation.result import Estimate
from emotion.report.html import Child, Html, el, joined
from emotion.report.palette import colours
from emotion.report.parts import scroll, swatch, table
from emotion.report.scores.matrix import matrix
from emotion.report.scores.place import (
    Scale,
    difference,
    ends,
    interval,
    measure_name,
    number,
    scale,
    whisker,
)  # fmt: skip

_WHO = {
    "first right": "A is right, B is not",
    "second right": "B is right, A is not",
    "both wrong": "Both are wrong, each in its way",
}


def measures(head: HeadComparison) -> Html:
    """Every measure of both, the difference with its interval, and whether it may be chance."""
    names = sorted(head.first, key=lambda name: name != head.main)
    scaled = scale([*head.first.values(), *head.second.values()])
    rows = [_measure(name, head, scaled) for name in names]
    heading: list[Child] = ["measure", "A", "B", "B less A", "interval", ends(scaled)]
    shown = scroll(table(heading, rows, (None, *("n",) * 4, "bar")), "Measures")
    said = f"○ A, ● B. {mcnemar(head.mcnemar)} Both give the same answer to {head.agreement:.1%} of the texts."
    return el("div", el("h3", "Measures"), shown, el("p", said, class_="caption"), class_="card wide measures")


def per_label(head: HeadComparison) -> Html:
    """F1 of each label by both."""
    if not head.per_label:
        return Html("")
    colour = colours(head.labels)
    scaled = scale([Estimate(value) for one in head.per_label for value in (one.first, one.second)])
    rows: list[list[Child]] = [
        [
            joined(swatch(colour[one.label]), " ", one.label),
            one.support,
            number(one.first),
            number(one.second),
            difference(one.difference),
            interval(one.difference),
            whisker(scaled, Estimate(one.second), Estimate(one.first)),
        ]
        for one in head.per_label
    ]
    heading: list[Child] = ["F1 of", "texts", "A", "B", "B less A", "interval", ends(scaled)]
    shown = scroll(table(heading, rows, (None, *("n",) * 5, "bar")), "Labels")
    return el("div", el("h3", "Each label"), shown, class_="card wide measures")


def crossed(head: HeadComparison, name: str) -> tuple[Html, dict[str, Any]]:
    """What one says by what the other says."""
    if head.crossed is None:
        return Html(""), {}
    return matrix(name, "What B says where A says", head.labels, head.crossed, ("A", "B"))


def examples(head: HeadComparison) -> Iterator[Html]:
    """Texts on which they differ, the furthest apart first."""
    colour = colours(head.labels)
    for who, said in _WHO.items():
        if chosen := [one for one in head.examples if one.who == who]:
            quotes = [_quote(one, colour) for one in chosen]
            yield el("div", el("h3", said), el("div", *quotes, class_="said quotes"), class_="wide")


def mcnemar(test: McNemar) -> str:
    """The test in a sentence."""
    chance = "below 0.001" if test.p_value < 0.001 else f"{test.p_value:.3f}"
    times = f"A alone is right {test.only_first:,} times, B alone {test.only_second:,} times"
    return f"{times}; p {chance} by McNemar's exact test."


def _measure(name: str, head: HeadComparison, scaled: Scale) -> list[Child]:
    first, second, apart = head.first[name], head.second[name], head.differences[name]
    said: Child = el("strong", measure_name(name)) if name == head.main else measure_name(name)
    drawn = whisker(scaled, second, first)
    return [said, number(first.value), number(second.value), difference(apart), interval(apart), drawn]


def _quote(one: Example, colour: dict[str, str]) -> Html:
    label = next(iter(one.truth or one.first.guess or one.second.guess), None)
    facts = [f"A: {_said(one.first)}", f"B: {_said(one.second)}", f"is: {', '.join(one.truth) or 'nothing'}"]
    style = f"--c:{colour[label]}" if label in colour else None
    return el("blockquote", el("p", one.text, dir="auto"), el("footer", " · ".join(facts)), style=style)


def _said(said: Said) -> str:
    pairs = zip(said.guess, said.scores, strict=True)
    return ", ".join(f"{label} {score:.2f}" for label, score in pairs) or "nothing"
