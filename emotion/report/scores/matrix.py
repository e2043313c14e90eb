"""Counts of one answer against another, as a heat map."""

from collections.abc import Sequence
from typing import Any

from emotion.report.html import Child, Html, el
from emotion.report.parts import chart, choice, folded, table
from emotion.report.plots import AXIS, FONT, Figure, layout
from emotion.report.scores.place import plain

SHARE, TEXTS = "per cent of the row", "texts"

_WRITTEN = 14  # labels up to which cells hold their numbers

Counts = Sequence[Sequence[int]]


def matrix(
    name: str, title: str, labels: Sequence[str], counts: Counts, axes: tuple[str, str]
) -> tuple[Html, dict[str, Any]]:
    """Counts (L, L) of rows by columns, which `axes` name; as shares of their row, or as they are."""
    rows: list[list[Child]] = [[label, *row] for label, row in zip(labels, counts, strict=True)]
    shown = el(
        "figure",
        el("h3", title),
        choice(name, (SHARE, TEXTS)),
        chart(name, f"Heat map of {axes[0]} by {axes[1]}. {_most(labels, counts, axes)}", "square"),
        folded("The numbers", table((f"{axes[0]}, by {axes[1]}", *labels), rows)),
        class_="card",
    )
    return shown, {name: {view: _heat(labels, counts, view, axes) for view in (SHARE, TEXTS)}}


def _heat(labels: Sequence[str], counts: Counts, view: str, axes: tuple[str, str]) -> Figure:
    shares = [[count / max(sum(row), 1) for count in row] for row in counts]
    cells = shares if view == SHARE else counts
    written = [[f"{100 * cell:.0f}" if view == SHARE else f"{cell:,}" for cell in row] for row in cells]
    number = "%{z:.1%}" if view == SHARE else "%{z:,}"
    trace = {
        "type": "heatmap",
        "z": cells,
        "text": written,
        "texttemplate": "%{text}" if len(labels) <= _WRITTEN else None,
        "textfont": {"family": FONT["family"], "size": FONT["size"]},
        "colorscale": [[0, "var(--empty)"], [1, "var(--accent)"]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": f"{axes[0]}: %{{y}}<br>{axes[1]}: %{{x}}<br>{number}<extra></extra>",
    }
    names = {"tickvals": list(range(len(labels))), "ticktext": [plain(label) for label in labels], "showgrid": False}
    y, x = ({**AXIS, **names, "title": {"text": axis, "standoff": 12}} for axis in axes)
    return {"data": [trace], "layout": layout(xaxis=x, yaxis={**y, "autorange": "reversed"})}


def _most(labels: Sequence[str], counts: Counts, axes: tuple[str, str]) -> str:
    """The most frequent difference, in words."""
    differ = [
        (count, row, column)
        for row, cells in enumerate(counts)
        for column, count in enumerate(cells)
        if row != column and count
    ]
    if not differ:
        return "They never differ."
    count, row, column = max(differ)
    return f"They differ most often, {count:,} times, as {axes[0]} {labels[row]} and {axes[1]} {labels[column]}."
