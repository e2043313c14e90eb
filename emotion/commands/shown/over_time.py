"""What a store says of time, as a person reads it in the terminal: days that stand out, the week, gaps."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from emotion.commands.shown.store import named, peak_lines
from emotion.commands.shown.terminal import drawn, visible
from emotion.report.facts import WEEKDAYS, minutes
from emotion.report.palette import in_order

if TYPE_CHECKING:
    from emotion.stores.answers import Gap, Peak, Rhythm

_SHADES = "·░▒▓█"  # of an hour without tweets to the fullest
_EVERY = 6  # hours from one that is written to the next


def peaks_view(peaks: "Sequence[Peak]", emotions: Sequence[str]) -> RenderableType:
    """A row a day that stands out."""
    return peak_lines(peaks, emotions, with_year=True) if peaks else Text("No day stands out.")


def rhythm_view(rhythm: "Rhythm", zone: str) -> RenderableType:
    """A row a weekday and a shade an hour: the fuller, the more tweets."""
    counts = {when: sum(emotions.values()) for when, emotions in rhythm.counts.items()}
    most = max(counts.values(), default=0)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("")
    table.add_column("".join(f"{hour}:00".ljust(2 * _EVERY) for hour in range(0, 24, _EVERY)), no_wrap=True)
    table.add_column("tweets", justify="right")
    for weekday, name in enumerate(WEEKDAYS):
        hours = [counts.get((weekday, hour), 0) for hour in range(24)]
        table.add_row(name, "".join(2 * drawn(_shade(tweets, most)) for tweets in hours), f"{sum(hours):,}")
    return Group(table, "", Text(_clock(rhythm, zone), style="dim"))


def gaps_table(gaps: "Sequence[Gap]", emotions: Sequence[str]) -> Table:
    """A row an emotion: how long since the author's tweet before."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("tweet")
    for name in ("tweets", "median", "a quarter within", "three quarters within"):
        table.add_column(name, justify="right")
    by_name = {gap.emotion: gap for gap in gaps}
    for emotion in in_order(by_name):
        gap = by_name[emotion]
        times = (minutes(each) for each in (gap.median, gap.lower, gap.upper))
        table.add_row(named(emotion, emotions), f"{gap.tweets:,}", *times)
    return table


def _shade(tweets: int, most: int) -> str:
    return _SHADES[-(-tweets * (len(_SHADES) - 1) // most)] if tweets else _SHADES[0]


def _clock(rhythm: "Rhythm", zone: str) -> str:
    if not rhythm.tweets:
        return "No tweets with a date."
    share = 100 * rhythm.local / rhythm.tweets
    own = f"{share:.0f} % on their author's own clock, the others on that of " if rhythm.local else "On the clock of "
    return f"{own}{visible(zone)}."
