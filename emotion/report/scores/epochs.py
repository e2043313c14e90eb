"""How training went: a chart a measure, training and validation in each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emotion.report.html import Child, Html, el, joined
from emotion.report.parts import chart, choice, folded, section, swatch, table
from emotion.report.plots import AXIS, Figure, layout
from emotion.report.scores.history import TRAINING, VALIDATION, Line, Records, best, lines, stages
from emotion.report.scores.place import measure_name, number

_COLOURS = {TRAINING: "var(--warning)", VALIDATION: "var(--accent)", "test": "var(--ink)"}
_ABOUT = "One chart a measure, by epoch. A dotted line begins another stage; the epoch that was kept is ringed."


def curves(records: Records) -> tuple[Html, dict[str, Any]]:
    """The section with its charts; nothing where no epoch was told."""
    drawn = lines(records)
    if not drawn:
        return Html(""), {}
    whole = [line for line in drawn if not line.group]
    shared = [line for line in drawn if line.group]
    groups = sorted({line.group for line in shared})
    alone = _figures("whole", whole, [""], records)
    grouped = _figures("measure", shared, groups, records)
    parts = [
        el("ul", *_legend(drawn), class_="legend"),
        el("div", *_panels(alone), class_="panels"),
        choice(" ".join(grouped), groups),
        el("div", *_panels(grouped), class_="panels"),
        folded("The numbers", _numbers(drawn, records)),
    ]
    return section("curves", "How training went", _ABOUT, *parts), {
        name: views for name, (_, views) in (alone | grouped).items()
    }


def _figures(
    prefix: str, drawn: Sequence[Line], groups: Sequence[str], records: Records
) -> dict[str, tuple[str, dict[str, Figure]]]:
    """By chart its measure, and a view of each group that has it."""
    found: dict[str, tuple[str, dict[str, Figure]]] = {}
    for at, measure in enumerate(dict.fromkeys(line.measure for line in drawn), 1):
        members = {
            group: [line for line in drawn if (line.group, line.measure) == (group, measure)] for group in groups
        }
        views = {group: _figure(each, records) for group, each in members.items() if each}
        found[f"{prefix}-{at}"] = (measure, views)
    return found


def _panels(figures: Mapping[str, tuple[str, dict[str, Figure]]]) -> Iterable[Html]:
    for name, (measure, _) in figures.items():
        said = measure_name(measure)
        yield el(
            "figure",
            el("h3", said),
            chart(name, f"{said} by epoch; the numbers are below.", "small"),
            class_="card panel",
        )


def _figure(drawn: Sequence[Line], records: Records) -> Figure:
    epochs = list(range(1, len(records) + 1))
    kept = best(records)
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": epochs,
            "y": line.values,
            "name": line.split,
            "line": {"color": _COLOURS[line.split], "width": 2},
            "marker": {
                "size": [11 if at == kept else 5 for at in range(len(epochs))],
                "symbol": _symbols(epochs, kept),
            },
            "hovertemplate": "%{y:.4g}",
        }
        for line in drawn
    ]
    between = [_boundary(at + 0.5) for at in stages(records)]
    axis = {**AXIS, "showgrid": False, "tickformat": "d", "nticks": 8, "range": [0.7, len(epochs) + 0.3]}
    return {
        "data": traces,
        "layout": layout(hovermode="x unified", xaxis=axis, yaxis={**AXIS, "nticks": 6}, shapes=between),
    }


def _symbols(epochs: Sequence[int], kept: int | None) -> list[str]:
    return ["circle-open" if at == kept else "circle" for at in range(len(epochs))]


def _boundary(at: float) -> Figure:
    line = {"color": "var(--muted)", "width": 1, "dash": "dot"}
    return {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": line}


def _legend(drawn: Sequence[Line]) -> list[Html]:
    return [el("li", swatch(_COLOURS[split]), split) for split in sorted({line.split for line in drawn})]


def _numbers(drawn: Sequence[Line], records: Records) -> Html:
    """A row an epoch, a column a number."""
    names = [", ".join(filter(None, (line.group, measure_name(line.measure), line.split))) for line in drawn]
    kept = best(records)
    rows: list[list[Child]] = []
    for at in range(len(records)):
        said: Child = joined(el("strong", str(at + 1)), " kept") if at == kept else str(at + 1)
        rows.append([said, *(number(line.values[at]) for line in drawn)])
    return table(("epoch", *names), rows)
