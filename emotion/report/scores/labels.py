"""How well each label is found, and what it is taken for."""

from collections.abc import Sequence
from typing import Any

from emotion.evaluation.result import LabelNumbers
from emotion.report.html import Child, Html, el, joined
from emotion.report.palette import colours
from emotion.report.parts import chart, scroll, swatch, table
from emotion.report.plots import AXIS, Figure, layout
from emotion.report.scores.matrix import matrix
from emotion.report.scores.place import Place, interval, number, plain


def per_label(place: Place) -> tuple[Html, dict[str, Figure]]:
    """A bar a label with its interval, precision, recall and the baseline beside it; and the table."""
    labels = place.head.per_label
    if not labels:
        return Html(""), {}
    name, colour = place.name("labels"), colours(place.head.labels)
    beside = {one.label: one for one in place.head.baseline.per_label} if place.head.baseline else {}
    names = ["label", "F1", "interval", "precision", "recall", "texts", *(["baseline's F1"] * bool(beside))]
    rows = [_row(one, colour[one.label], beside) for one in labels]
    shown = el(
        "figure",
        el("h3", "Each label"),
        chart(name, f"Bars of F1 of {len(labels)} labels; the numbers are in the table below.", "bars"),
        scroll(table(names, rows), f"Labels of {place.title}"),
        class_="card wide",
    )
    return shown, {name: _bars(labels, beside, colour)}


def confusion(place: Place) -> tuple[Html, dict[str, Any]]:
    """A heat map of true labels against guesses."""
    if place.head.confusion is None:
        return Html(""), {}
    name, labels = place.name("confusion"), place.head.labels
    return matrix(name, "What is taken for what", labels, place.head.confusion, ("true", "guess"))


def _row(one: LabelNumbers, colour: str, beside: dict[str, LabelNumbers]) -> list[Child]:
    cells: list[Child] = [joined(swatch(colour), " ", one.label), number(one.f1.value), interval(one.f1)]
    cells += [number(one.precision), number(one.recall), one.support]
    if beside:
        cells.append(number(beside[one.label].f1.value) if one.label in beside else "")
    return cells


def _bars(labels: Sequence[LabelNumbers], beside: dict[str, LabelNumbers], colour: dict[str, str]) -> dict[str, Figure]:
    at = list(range(len(labels)))
    above = [(one.f1.high or one.f1.value) - one.f1.value for one in labels]
    below = [one.f1.value - (one.f1.low if one.f1.low is not None else one.f1.value) for one in labels]
    bars = {
        "type": "bar",
        "x": at,
        "y": [one.f1.value for one in labels],
        "name": "F1",
        "marker": {"color": [colour[one.label] for one in labels]},
        "error_y": {"type": "data", "array": above, "arrayminus": below, "color": "var(--ink)", "thickness": 1.2},
    }
    points = [
        _points("precision", "triangle-up", [one.precision for one in labels]),
        _points("recall", "circle-open", [one.recall for one in labels]),
    ]
    if beside:
        found = [beside[one.label].f1.value if one.label in beside else None for one in labels]
        points.append(_points("baseline's F1", "line-ew-open", found))
    ticks = {"tickvals": at, "ticktext": [plain(one.label) for one in labels], "showgrid": False}
    drawn = layout(
        hovermode="x unified",
        bargap=0.35,
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        xaxis={**AXIS, **ticks},
        yaxis={**AXIS, "range": [0, 1.02], "tickformat": ".1f"},
    )
    return {"": {"data": [{**trace, "hovertemplate": "%{y:.3f}"} for trace in (bars, *points)], "layout": drawn}}


def _points(name: str, symbol: str, values: Sequence[float | None]) -> Figure:
    size = 16 if symbol == "line-ew-open" else 9
    marker = {"symbol": symbol, "size": size, "color": "var(--ink)", "line": {"color": "var(--ink)", "width": 2}}
    at = list(range(len(values)))
    return {"type": "scatter", "mode": "markers", "x": at, "y": list(values), "name": name, "marker": marker}
