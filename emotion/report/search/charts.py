"""What a search found, as plotly figures."""

from itertools import accumulate
from math import log10
from typing import Any

from emotion.report.plots import AXIS, FONT, Figure, layout, markless
from emotion.report.search.found import Found, Trial, best, front
from emotion.report.search.written import number, size, speed, value, values

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
            "symbol": ["circle-open" if trial.status == "stopped" else "circle" for trial in trials],
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
            "line": {"color": _COLOURS[at] if at < len(_COLOURS) else "var(--line)", "width": 2.5 if at < 5 else 1.2},
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
    """Parallel coordinates: the parameters that matter most, then quality."""
    trials = list(found.measured)
    shares = found.importance.shares if found.importance else {}
    names = sorted(found.parameters, key=lambda name: -shares.get(name, 0.0))[:_AXES]
    axes = [axis for name in names if (axis := _coordinate(found, trials, name)) is not None]
    if len(trials) < 2 or not axes:
        return None
    qualities = [trial.quality or 0.0 for trial in trials]
    lines = {
        "type": "parcoords",
        "dimensions": [*axes, {"label": "quality", "values": qualities, "tickformat": ".3f"}],
        "line": {
            "color": qualities,
            "colorscale": "Viridis",
            "cmin": sorted(qualities)[len(qualities) // 4],
            "cmax": max(qualities),
        },
        "labelfont": FONT,
        "tickfont": FONT,
        "rangefont": {**FONT, "color": "rgba(0,0,0,0)"},
        "labelangle": -18,
        "labelside": "bottom",
    }
    return {"data": [lines], "layout": layout(margin={"l": 60, "r": 50, "t": 24, "b": 110})}


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


def _coordinate(found: Found, trials: list[Trial], name: str) -> Figure | None:
    """One axis: numbers where they are, all else by place; None where all trials have one value."""
    given = [trial.values.get(name) for trial in trials]
    label = markless(name.removeprefix("model.").removeprefix("stages."))
    numbers = [one for one in given if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(numbers) == len(given) and len(set(numbers)) > 1:
        if name not in found.logarithmic:
            return {"label": label, "values": numbers}
        low, high = min(numbers), max(numbers)
        ticks = [low * (high / low) ** (step / 4) for step in range(5)]
        texts = [f"{tick:.2g}" for tick in ticks]
        return {
            "label": label,
            "values": [log10(one) for one in numbers],
            "tickvals": [log10(tick) for tick in ticks],
            "ticktext": texts,
        }
    said = [value(one) or "—" for one in given]
    known = sorted(set(said))
    if len(known) < 2:
        return None
    return {
        "label": label,
        "values": [known.index(one) for one in said],
        "tickvals": list(range(len(known))),
        "ticktext": [markless(one) for one in known],
    }


def _about(trial: Trial) -> str:
    said = values(trial.values)
    lines = [said[start : start + _LONGEST] for start in range(0, len(said), _LONGEST)]
    return "<br>".join([f"trial {trial.number}: {number(trial.quality)}", *map(markless, lines)])


def _axis(title: str) -> Figure:
    named: dict[str, Any] = {"title": {"text": title, "font": FONT}}
    return {**AXIS, **named}
