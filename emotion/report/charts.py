"""The charts of the page about a store, as plotly figures."""

from collections.abc import Sequence
from datetime import datetime

from emotion.report.palette import colours, in_order
from emotion.report.plots import AXIS, FONT, Figure, layout, markless
from emotion.stores.answers import NONE, Bucket, Peak, Rhythm

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = [0, 3, 6, 9, 12, 15, 18, 21]
ANY = "any feeling"
_DATES = [
    {"dtickrange": [None, 86_400_000 - 1], "value": "%H:%M\n%-d %b %Y"},
    {"dtickrange": [86_400_000, "M1"], "value": "%-d %b\n%Y"},
    {"dtickrange": ["M1", "M12"], "value": "%b\n%Y"},
    {"dtickrange": ["M12", None], "value": "%Y"},
]


def over_time(buckets: Sequence[Bucket], emotions: Sequence[str], peaks: Sequence[Peak]) -> dict[str, Figure]:
    """Feelings stacked, and what holds none below them; as numbers and as shares of what is felt."""
    return {
        "tweets": {"data": _stack(buckets, emotions, ""), "layout": _time_layout(buckets, emotions, peaks, "tweets")},
        "share of feelings": {
            "data": _stack(buckets, emotions, "percent"),
            "layout": _time_layout(buckets, emotions, [], "% of feelings"),
        },
    }


def over_the_week(rhythm: Rhythm, emotions: Sequence[str]) -> dict[str, Figure]:
    """A heat map for any feeling and for each emotion: its share of all tweets of a weekday and hour."""
    felt = [emotion for emotion in in_order(emotions) if emotion != NONE]
    views = {ANY: (felt, "var(--accent)")} if NONE in emotions else {}
    views |= {emotion: ([emotion], colours(emotions)[emotion]) for emotion in felt}
    return {name: _heat(rhythm, members, colour) for name, (members, colour) in views.items()}


def days(peaks: Sequence[Peak]) -> list[list[Peak]]:
    """Peaks of the same day together, in order of time: what the numbers in the chart stand for."""
    grouped: dict[datetime, list[Peak]] = {}
    for peak in peaks:
        grouped.setdefault(peak.start, []).append(peak)
    return [grouped[start] for start in sorted(grouped)]


def _stack(buckets: Sequence[Bucket], emotions: Sequence[str], norm: str) -> list[Figure]:
    times = [bucket.start.strftime("%Y-%m-%d %H:%M") for bucket in buckets]
    colour = colours(emotions)
    traces: list[Figure] = []
    for emotion in in_order(emotions):
        counts = [bucket.emotions.get(emotion, 0) for bucket in buckets]
        trace = {"x": times, "y": counts, "name": markless(emotion), "hovertemplate": "%{y:,}"}
        if emotion == NONE:
            traces.append(trace | {"type": "bar", "yaxis": "y2", "marker": {"color": colour[emotion]}})
        else:
            line = {"width": 0.8, "color": "var(--card)", "shape": "linear"}
            stacked = {"type": "scatter", "mode": "lines", "stackgroup": "felt", "groupnorm": norm}
            traces.append(trace | stacked | {"fillcolor": colour[emotion], "line": line, **_percent(norm)})
    return traces


def _percent(norm: str) -> Figure:
    return {"hovertemplate": "%{y:.0f} %"} if norm else {}


def _time_layout(buckets: Sequence[Bucket], emotions: Sequence[str], peaks: Sequence[Peak], title: str) -> Figure:
    apart = NONE in emotions
    return layout(
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        hovermode="x unified",
        bargap=0.15,
        xaxis={**AXIS, "showgrid": False, "anchor": "y2" if apart else "y", "tickformatstops": _DATES},
        yaxis={**AXIS, "domain": [0.27 if apart else 0, 1], "title": {"text": title}, "rangemode": "tozero"},
        yaxis2={**AXIS, "domain": [0, 0.19], "title": {"text": NONE}, "nticks": 3, "rangemode": "tozero"},
        annotations=[_numbered(number, day, buckets) for number, day in enumerate(days(peaks), 1)],
    )


def _numbered(number: int, day: Sequence[Peak], buckets: Sequence[Bucket]) -> Figure:
    """A number above the period that holds the day, as the list beside the chart tells it."""
    held = [bucket for bucket in buckets if bucket.start <= day[0].start] or list(buckets[:1])
    felt = sum(count for emotion, count in held[-1].emotions.items() if emotion != NONE)
    return {
        "x": held[-1].start.strftime("%Y-%m-%d %H:%M"),
        "y": felt,
        "text": f"<b>{number}</b>",
        "showarrow": False,
        "yshift": 13,
        "font": {**FONT, "size": 12, "color": "var(--card)"},
        "bgcolor": "var(--ink)",
        "borderpad": 3,
    }


def _heat(rhythm: Rhythm, members: Sequence[str], colour: str) -> Figure:
    cells = [[rhythm.counts.get((weekday, hour), {}) for hour in range(24)] for weekday in range(7)]
    totals = [[sum(cell.values()) for cell in row] for row in cells]
    shares = [[_share(cell, members) for cell in row] for row in cells]
    trace = {
        "type": "heatmap",
        "x": list(range(24)),
        "y": list(WEEKDAYS),
        "z": shares,
        "customdata": totals,
        "colorscale": [[0, "var(--empty)"], [1, colour]],
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": "%{y} %{x}:00<br>%{z:.0f} % of %{customdata:,} tweets<extra></extra>",
        "colorbar": {"thickness": 8, "outlinewidth": 0, "ticksuffix": " %", "len": 1, "nticks": 4},
    }
    axis = {**AXIS, "showgrid": False}
    hours = {**axis, "tickvals": _HOURS, "ticktext": [f"{hour}:00" for hour in _HOURS]}
    return {"data": [trace], "layout": layout(xaxis=hours, yaxis={**axis, "autorange": "reversed"})}


def _share(cell: dict[str, int], members: Sequence[str]) -> float | None:
    """Per cent of the cell's tweets; None where there are none."""
    total = sum(cell.values())
    return round(100 * sum(cell.get(emotion, 0) for emotion in members) / total, 2) if total else None
