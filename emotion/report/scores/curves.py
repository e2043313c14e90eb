"""How well scores rank texts, and how far confidence can be trusted."""

from collections.abc import Sequence
from typing import Any

from emotion.evaluation.result import Calibration, Curve, Reliability
from emotion.report.html import Child, Html, el, joined
from emotion.report.palette import colours
from emotion.report.parts import chart, choice, scroll, swatch, table
from emotion.report.plots import AXIS, Figure, layout
from emotion.report.scores.place import Place, number, plain

BEST = "best label"
_UNIT = {**AXIS, "range": [-0.02, 1.02], "tickformat": ".1f"}
_READ = (
    "On the dotted line confidence is what it claims; below it, too high. Dots are as large as they hold texts. "
    "ECE: expected calibration error."
)
_AFTER = " After: logits divided by the temperature T."
_DIAGONAL = {"color": "var(--muted)", "width": 1, "dash": "dot"}


def ranking(place: Place) -> tuple[Html, dict[str, Any]]:
    """ROC and precision-recall, a line a label, with the areas in a table."""
    head = place.head
    if not head.roc and not head.precision_recall:
        return Html(""), {}
    colour = colours(head.labels)
    roc, recall = place.name("roc"), place.name("precision-recall")
    drawn = {
        roc: {"": _lines(head.roc, colour, ("false positive rate", "true positive rate"), diagonal=True)},
        recall: {"": _lines(head.precision_recall, colour, ("recall", "precision"), diagonal=False)},
    }
    areas = {one.label: one.area for one in head.precision_recall}
    rows: list[list[Child]] = [
        [joined(swatch(colour[one.label]), " ", one.label), number(one.area), number(areas.get(one.label))]
        for one in head.roc
    ]
    figures = el(
        "div",
        el("figure", el("h4", "ROC"), chart(roc, "ROC curves; the areas are in the table below.", "square")),
        el("figure", el("h4", "Precision and recall"), chart(recall, "Precision by recall, a line a label.", "square")),
        class_="two",
    )
    names = ("label", "area under ROC", "average precision")
    areas_table = scroll(table(names, rows), f"Areas of {place.title}")
    return el("div", el("h3", "How well scores rank texts"), figures, areas_table, class_="card wide"), drawn


def reliability(place: Place) -> tuple[Html, dict[str, Any]]:
    """Confidence against how often it is right, before and after a temperature."""
    given = place.head.calibration
    if not given:
        return Html(""), {}
    name = place.name("reliability")
    views = {one.label or BEST: one for one in given}
    on = f" T was chosen on {place.rows.validation}." if place.rows.validation else ""
    said = _READ + (_AFTER + on if any(one.after for one in given) else "")
    several = len(given) > 1
    shown = el(
        "figure",
        el("h3", "How far confidence can be trusted"),
        choice(name, list(views)),
        el(
            "div",
            chart(name, "Confidence against the share that is right; the errors are in the table below.", "square"),
            scroll(_errors(given), f"Calibration of {place.title}"),
            class_="two" if several else None,
        ),
        el("figcaption", said),
        class_="card wide" if several else "card",
    )
    return shown, {name: {view: _diagram(one) for view, one in views.items()}}


def _lines(curves: Sequence[Curve], colour: dict[str, str], titles: tuple[str, str], diagonal: bool) -> Figure:
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": one.x,
            "y": one.y,
            "name": f"{plain(one.label)} {one.area:.3f}",
            "line": {"color": colour[one.label], "width": 2},
            "hovertemplate": "%{x:.2f}, %{y:.2f}",
        }
        for one in curves
    ]
    x, y = ({**_UNIT, "title": {"text": title}} for title in titles)
    return {"data": [_diagonal()] * diagonal + traces, "layout": layout(xaxis=x, yaxis=y)}


def _diagonal() -> Figure:
    line = {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "line": _DIAGONAL, "hoverinfo": "skip"}
    return {**line, "showlegend": False}


def _diagram(one: Calibration) -> Figure:
    traces = [_diagonal(), _bins(one.before, "before", "var(--muted)"), _counts(one.before)]
    if one.after is not None:
        traces.append(_bins(one.after, "after", "var(--accent)"))
    return {
        "data": traces,
        "layout": layout(
            showlegend=one.after is not None,
            legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            xaxis={**_UNIT, "title": {"text": "confidence"}, "anchor": "y2"},
            yaxis={**_UNIT, "domain": [0.27, 1], "title": {"text": "share that is right"}},
            yaxis2={**AXIS, "domain": [0, 0.17], "title": {"text": "texts"}, "nticks": 3},
        ),
    }


def _bins(given: Reliability, name: str, colour: str) -> Figure:
    most = max((one.rows for one in given.bins), default=1)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [one.confidence for one in given.bins],
        "y": [one.right for one in given.bins],
        "customdata": [one.rows for one in given.bins],
        "name": name,
        "line": {"color": colour, "width": 1.5},
        "marker": {"size": [one.rows for one in given.bins], "sizemode": "area", "sizemin": 3, "sizeref": most / 200},
        "hovertemplate": "confidence %{x:.2f}, right %{y:.2f}, %{customdata:,} texts",
    }


def _counts(given: Reliability) -> Figure:
    return {
        "type": "bar",
        "x": [(one.low + one.high) / 2 for one in given.bins],
        "y": [one.rows for one in given.bins],
        "width": [0.92 * (one.high - one.low) for one in given.bins],
        "yaxis": "y2",
        "name": "texts",
        "showlegend": False,
        "marker": {"color": "var(--muted)"},
        "hovertemplate": "%{y:,} texts<extra></extra>",
    }


def _errors(given: Sequence[Calibration]) -> Html:
    after = any(one.after is not None for one in given)
    names = ["", "ECE", *(["after"] * after), "Brier", *(["after", "T"] * after)]
    rows: list[list[Child]] = []
    for one in given:
        errors = [number(one.before.error), *([number(one.after.error if one.after else None)] * after)]
        brier = [number(one.before.brier), *([number(one.after.brier if one.after else None)] * after)]
        heat = [f"{one.temperature:.2f}" if one.temperature else ""] * after
        rows.append([one.label or BEST, *errors, *brier, *heat])
    return table(names, rows)
