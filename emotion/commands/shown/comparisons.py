"""Comparisons of two models as a person reads them in the terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from emotion.commands.shown.evaluations import MEASURES, in_order, interval, matrix, number, signed_style, titled
from emotion.commands.shown.table import Cell, table
from emotion.commands.shown.terminal import visible
from emotion.evaluation.comparison import Comparison, Example, HeadComparison, Said, SetComparison
from emotion.evaluation.result import in_words

_MATRIX = 8  # labels
_EXAMPLES = 3  # of each kind
_BELOW = (0, 0, 1, 0)
_WHO = {
    "first right": "A is right, B is not",
    "second right": "B is right, A is not",
    "both wrong": "Both are wrong, each in its way",
}


def comparison_view(comparison: Comparison) -> RenderableType:
    """Both models, their speeds, and each set with each pair of heads."""
    models = [
        Text.assemble(f"{letter}  ", titled(model), (f", {model.engine}", "dim"))
        for letter, model in (("A", comparison.first), ("B", comparison.second))
    ]
    parts = [part for of_set in comparison.sets for part in _set(of_set)]
    return Group(*models, "", *parts, Text(_closing(comparison), style="dim"))


def _set(of_set: SetComparison) -> Iterator[RenderableType]:
    yield Text.assemble((visible(of_set.name), "bold"), f"  {of_set.rows:,} texts, {len(of_set.labels)} labels")
    yield ""
    if not of_set.heads:
        yield Padding("No head of both models shares two labels with it.", _BELOW)
    for head in of_set.heads:
        yield from _head(head)
    for line in of_set.left:
        yield Padding(Text(f"Not compared: {visible(line)}.", style="dim"), _BELOW)


def _head(head: HeadComparison) -> Iterator[RenderableType]:
    names = " against ".join(map(visible, dict.fromkeys(head.heads)))
    what = "Counted, " if head.counted else "Head "
    yield Text.assemble(what, (names, "bold"), f", {len(head.labels)} labels, {head.rows:,} texts")
    if head.skipped:
        yield Text(visible(in_words(head.skipped)))
    yield Padding(_measures(head), (1, 0, 1, 0))
    if head.per_label:
        yield Padding(_labels(head), _BELOW)
    yield Padding(_tested(head), _BELOW)
    if head.crossed is not None and len(head.labels) <= _MATRIX:
        yield Padding(matrix("A, by B", head.labels, head.labels, head.crossed), _BELOW)
    for who, said in _WHO.items():
        if examples := [example for example in head.examples if example.who == who]:
            yield Padding(Group(Text(said, style="dim"), *map(_example, examples[:_EXAMPLES])), _BELOW)


def _measures(head: HeadComparison) -> RenderableType:
    rows: list[list[Cell]] = []
    for name in in_order(head.first, head.main):
        difference = head.differences[name]
        rows.append(
            [
                Text(MEASURES[name], "bold" if name == head.main else ""),
                number(head.first[name].value),
                number(head.second[name].value),
                Text(number(difference.value, signed=True), signed_style(difference)),
                interval(difference, signed=True),
            ]
        )
    return table(["measure", "A", "B", "B less A", "95 % interval"], rows)


def _labels(head: HeadComparison) -> RenderableType:
    rows: list[list[Cell]] = [
        [
            visible(one.label),
            number(one.first),
            number(one.second),
            Text(number(one.difference.value, signed=True), signed_style(one.difference)),
            interval(one.difference, signed=True),
            f"{one.support:,}",
        ]
        for one in head.per_label
    ]
    return table(["F1 of", "A", "B", "B less A", "95 % interval", "texts"], rows)


def _tested(head: HeadComparison) -> Text:
    test = head.mcnemar
    chance = "below 0.001" if test.p_value < 0.001 else f"{test.p_value:.3f}"
    return Text(
        f"The same answer to {head.agreement:.1%} of the texts. Right where the other is wrong: A {test.only_first:,} "
        f"times, B {test.only_second:,} times; p {chance} by McNemar's exact test."
    )


def _example(example: Example) -> RenderableType:
    truth = ", ".join(map(visible, example.truth)) or "nothing"
    head = Text.assemble("A ", _said(example.first), ", B ", _said(example.second), f", labelled {truth}")
    return Group(head, Padding(visible(example.text), (0, 0, 0, 5)))


def _said(said: Said) -> Text:
    pairs = [f"{visible(label)} {score:.2f}" for label, score in zip(said.guess, said.scores, strict=True)]
    return Text(", ".join(pairs) or "nothing", "bold")


def _closing(comparison: Comparison) -> str:
    parts = []
    if comparison.resamples:
        drawn = f"{comparison.resamples:,} paired bootstrap resamples"
        parts.append(f"Intervals hold {comparison.level:.0%} of {drawn}.")
    if (speeds := comparison.speeds) is not None:
        parts.append(
            f"One thread here reads {speeds.first:,.0f} texts a second with A and {speeds.second:,.0f} with B."
        )
    return " ".join(parts)
