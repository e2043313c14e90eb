"""What a search found, as plotly figures."""

from collections.abc import Sequence
from itertools import accumulate
from math import log10
from typing import Any, NamedTuple

from emotion.report.plots import AXIS, FONT, Figure, layout, markless
from emotion.report.search.found import Found, Trial, best, front
from emotion.report.search.written import number, short, size, speed, value, values

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#e48bbf", "#e6a700")
_SHOWN = 200  # learning curves at most
_AXES = 14  # of parallel coordinates at most: those that matter most
_LONGEST = 60  # characters of values above a dot


def over_time(found: Found) -> Figure | None:
    """Trials by the time they ended, and the best so far."""
    trials = sorted(found.measured, key=lambda trial: trial.ended)
    if not trials:
        return None
    minutes = [trial.ended / 60 for trial in trials]
    qualities = [trial.quality or 0.0 for trial in trials]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": minutes,
        "y": qualities,
        "text": [_about(trial) for trial in trials],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "size": 8,
            "color": "var(--accent)",
            "symbol": ["circle-open" if trial.status in ("stopped", "interrupted") else "circle" for trial in trials],
        },
    }
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": minutes,
        "y": list(accumulate(qualities, max)),
        "line": {"shape": "hv", "color": "var(--muted)", "width": 2},
        "hoverinfo": "skip",
    }
    return {"data": [line, dots], "layout": layout(xaxis=_axis("minutes"), yaxis=_axis("quality"))}


def learning(found: Found) -> Figure | None:
    """Quality by epoch."""
    trials = [trial for trial in best(found.trials) if trial.history][:_SHOWN]
    if not trials:
        return None
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers" if trial.epochs == 1 else "lines",
            "x": list(range(1, trial.epochs + 1)),
            "y": [record.get("select") for record in trial.history],
            "name": f"trial {trial.number}",
            "line": {"color": _colour(at), "width": 2.5 if at < len(_COLOURS) else 1.2},
            "hovertemplate": f"trial {trial.number}, epoch %{{x}}: %{{y:.4f}}<extra></extra>",
        }
        for at, trial in enumerate(trials)
    ]
    axis = _axis("epoch") | {"tickformat": "d", "nticks": 10}
    return {"data": lines[::-1], "layout": layout(xaxis=axis, yaxis=_axis("quality"))}


def importance(found: Found) -> Figure | None:
    """Bars, the greatest on top."""
    if found.importance is None:
        return None
    names = list(found.importance.shares)[::-1]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [found.importance.shares[name] for name in names],
        "y": [markless(name) for name in names],
        "marker": {"color": "var(--accent)"},
        "hovertemplate": "%{y}: %{x:.0%}<extra></extra>",
    }
    return {"data": [bars], "layout": layout(xaxis=_axis("share") | {"tickformat": ".0%"}, yaxis={**AXIS})}


def parallel(found: Found) -> Figure | None:
    """Parallel coordinates as plain lines: the parameters that matter most, then quality, each from 0 to 1."""
    trials = best(found.trials)[:_SHOWN]
    shares = found.importance.shares if found.importance else {}
    names = sorted(found.parameters, key=lambda name: -shares.get(name, 0.0))[:_AXES]
    axes = [axis for name in names if (axis := _coordinate(found, trials, name)) is not None]
    if len(trials) < 2 or not axes:
        return None
    axes.append(_range("quality", [trial.quality for trial in trials], False))
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": list(range(len(axes))),
            "y": [axis.places[at] for axis in axes],
            "line": {"color": _colour(at), "width": 2.5 if at < len(_COLOURS) else 1},
            "marker": {"size": 5},
            "text": [_about(trial)] * len(axes),
            "hovertemplate": "%{text}<extra></extra>",
        }
        for at, trial in enumerate(trials)
    ]
    marks = [
        {"x": at, "y": place, "text": markless(text), "showarrow": False, "font": {**FONT, "size": 11}, "xshift": 4}
        | {"xanchor": "left", "yanchor": "bottom"}
        for at, axis in enumerate(axes)
        for place, text in axis.marks
    ]
    # Names lean away from the left edge, where plotly leaves out one that has no room.
    ticks = {"tickvals": list(range(len(axes))), "ticktext": [axis.name for axis in axes], "tickangle": 30}
    across = {**AXIS, **ticks, "range": [-0.2, len(axes) - 0.2]}
    up = {**AXIS, "showticklabels": False, "showgrid": False, "range": [-0.04, 1.1]}
    return {"data": lines[::-1], "layout": layout(xaxis=across, yaxis=up, annotations=marks, hovermode="closest")}


def front_of(found: Found) -> Figure:
    """Quality against speed, dots by size, and the line of trials that no other beats."""
    trials = [trial for trial in found.measured if trial.speed is not None and trial.size is not None]
    largest = max(trial.size or 1 for trial in trials)
    kept = sorted(front(trials), key=lambda trial: trial.speed or 0)
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [trial.speed for trial in trials],
        "y": [trial.quality for trial in trials],
        "text": [f"{_about(trial)}<br>{speed(trial.speed)} tweets/s, {size(trial.size)}" for trial in trials],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "size": [6 + 16 * ((trial.size or 0) / largest) ** 0.5 for trial in trials],
            "color": ["var(--accent)" if trial in kept else "var(--muted)" for trial in trials],
            "opacity": 0.75,
        },
    }
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": [trial.speed for trial in kept],
        "y": [trial.quality for trial in kept],
        "line": {"color": "var(--accent)", "width": 1.5, "dash": "dot"},
        "hoverinfo": "skip",
    }
    axis = _axis("tweets a second of one core") | {"tickformat": ",.0f"}
    return {"data": [line, dots], "layout": layout(xaxis=axis, yaxis=_axis("quality"))}


class _Coordinate(NamedTuple):
    """One axis: its name, where each trial lies on it (None where it has no value), and what stands where."""

    name: str
    places: list[float | None]
    marks: list[tuple[float, str]]


def _coordinate(found: Found, trials: list[Trial], name: str) -> _Coordinate | None:
    """Numbers by size, all else by place; None where all trials have one value."""
    there = [trial.values[name] for trial in trials if name in trial.values]
    label = markless(short(found.parameters)[name])
    if all(isinstance(one, int | float) and not isinstance(one, bool) for one in there):
        given = [trial.values.get(name) for trial in trials]
        return _range(label, given, name in found.logarithmic) if len(set(there)) > 1 else None
    known = sorted({value(one) for one in there})
    if len(known) < 2:
        return None
    places = {text: at / (len(known) - 1) for at, text in enumerate(known)}
    marks = [(place, text) for text, place in places.items()]
    lies = [places[value(trial.values[name])] if name in trial.values else None for trial in trials]
    return _Coordinate(label, lies, marks)


def _range(label: str, given: Sequence[float | None], logarithmic: bool) -> _Coordinate:
    there = [one for one in given if one is not None]
    low, high = min(there), max(there)
    scale = log10 if logarithmic else float
    width = scale(high) - scale(low) or 1.0
    places = [None if one is None else (scale(one) - scale(low)) / width for one in given]
    return _Coordinate(label, places, [(0.0, f"{low:.4g}"), (1.0, f"{high:.4g}")])


def _colour(rank: int) -> str:
    return _COLOURS[rank] if rank < len(_COLOURS) else "var(--line)"


def _about(trial: Trial) -> str:
    said = values(trial.values)
    lines = [said[start : start + _LONGEST] for start in range(0, len(said), _LONGEST)]
    return "<br>".join([f"trial {trial.number}: {number(trial.quality)}", *map(markless, lines)])


def _axis(title: str) -> Figure:
    named: dict[str, Any] = {"title": {"text": title, "font": FONT}}
    return {**AXIS, **named}
