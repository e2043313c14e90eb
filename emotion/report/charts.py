"""The charts of the page about a store, as plotly figures."""

from collections.abc import Sequence
from datetime import datetime

from emotion.report.facts import WEEKDAYS, when
from emotion.report.palette import colours, in_order
from emotion.report.plots import AXIS, FONT, Figure, layout, markless
from emotion.stores.answers import NONE, Bucket, Peak, Period, Rhythm

_HOURS = [0, 3, 6, 9, 12, 15, 18, 21]
ANY = "any feeling"
SHARE = "share of feelings"
_NARROW = 100  # so many bars have no pixel to spare between them
_DATES = [
    {"dtickrange": [None, 86_400_000 - 1], "value": "%H:%M\n%-d %b %Y"},
    {"dtickrange": [86_400_000, "M1"], "value": "%-d %b\n%Y"},
    {"dtickrange": ["M1", "M12"], "value": "%b\n%Y"},
    {"dtickrange": ["M12", None], "value": "%Y"},
]


def over_time(
    buckets: Sequence[Bucket], by: Period, emotions: Sequence[str], peaks: Sequence[Peak]
) -> dict[str, Figure]:
    """Feelings stacked, and what holds none below them; as numbers and as shares of what is felt."""
    times = _times(buckets, by)
    numbered = [_numbered(number, day, buckets, times) for number, day in enumerate(days(peaks), 1)]
    views = {"tweets": ("tweets", numbered), SHARE: ("% of feelings", [])}
    return {
        view: {
            "data": _stack(buckets, times, emotions, in_shares=view == SHARE),
            "layout": _time_layout(len(times), emotions, title, annotations),
        }
        for view, (title, annotations) in views.items()
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


def _stack(
    buckets: Sequence[Bucket], times: Sequence[str], emotions: Sequence[str], *, in_shares: bool
) -> list[Figure]:
    colour = colours(emotions)
    traces: list[Figure] = []
    for emotion in in_order(emotions):
        counts = [bucket.emotions.get(emotion, 0) for bucket in buckets]
        trace = {"x": times, "y": counts, "name": markless(emotion), "hovertemplate": "%{y:,}"}
        bar = {"type": "bar", "marker": {"color": colour[emotion]}}
        if emotion == NONE:
            traces.append(trace | bar | {"yaxis": "y2"})
        elif in_shares:
            # Bars, as an area would fall to 0 % where nothing is felt.
            shares = [_percent(count, _felt(bucket)) for count, bucket in zip(counts, buckets, strict=True)]
            traces.append(trace | bar | {"y": shares, "hovertemplate": "%{y:.0f} %"})
        elif len(times) == 1:
            traces.append(trace | bar)
        else:
            line = {"width": 0.8, "color": "var(--card)", "shape": "linear"}
            area = {"type": "scatter", "mode": "lines", "stackgroup": "felt", "fillcolor": colour[emotion]}
            traces.append(trace | area | {"line": line})
    return traces


def _times(buckets: Sequence[Bucket], by: Period) -> list[str]:
    """Where buckets stand; a single one has no scale of time, so it is named."""
    if len(buckets) == 1:
        return [when(buckets[0].start, by)]
    return [bucket.start.strftime("%Y-%m-%d %H:%M") for bucket in buckets]


def _felt(bucket: Bucket) -> int:
    return sum(count for emotion, count in bucket.emotions.items() if emotion != NONE)


def _percent(part: int, whole: int) -> float | None:
    """None where there is nothing to take a share of."""
    return round(100 * part / whole, 2) if whole else None


def _time_layout(places: int, emotions: Sequence[str], title: str, annotations: Sequence[Figure]) -> Figure:
    apart = NONE in emotions
    axis = {**AXIS, "type": "category" if places == 1 else "date", "tickformatstops": _DATES}
    return layout(
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        hovermode="x unified",
        barmode="stack",
        bargap=0.15 if places < _NARROW else 0,
        xaxis={**axis, "showgrid": False, "anchor": "y2" if apart else "y"},
        yaxis={**AXIS, "domain": [0.27 if apart else 0, 1], "title": {"text": title}, "rangemode": "tozero"},
        yaxis2={**AXIS, "domain": [0, 0.19], "title": {"text": NONE}, "nticks": 3, "rangemode": "tozero"},
        annotations=annotations,
    )


def _numbered(number: int, day: Sequence[Peak], buckets: Sequence[Bucket], times: Sequence[str]) -> Figure:
    """A number above the period that holds the day, as the list beside the chart tells it."""
    held = max(sum(bucket.start <= day[0].start for bucket in buckets), 1) - 1
    return {
        "x": times[held],
        "y": _felt(buckets[held]),
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
        "zmin": 0,
        "zmax": max((share for row in shares for share in row if share), default=100),
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
    return _percent(sum(cell.get(emotion, 0) for emotion in members), sum(cell.values()))
