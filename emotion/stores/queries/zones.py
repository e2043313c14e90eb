"""Clocks of places: what a time zone shows, in Python and in SQL, which without an extension has no zones."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emotion.errors import UsageError

_FIRST, _LAST = 1900, 2040  # years between which a clock is looked at; beside them it stays as it is there
_DAY = timedelta(days=1)


def zone_of(name: str) -> tzinfo:
    """The time zone of a name.

    Raises:
        UsageError: this machine knows none of that name.
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"There is no time zone {name!r} here; write one like Europe/London.") from None


def in_zone(time: datetime, zone: tzinfo) -> datetime:
    """The same time by the zone's clock."""
    try:
        return time.astimezone(zone)
    except OverflowError:  # the first and the last day of all
        return time


def is_shown(time: datetime, zone: tzinfo) -> bool:
    """Whether the zone's clock ever shows a time; it passes over an hour where summer begins."""
    try:
        return time.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == time
    except OverflowError:
        return True


def as_sql(moment: str, zone: tzinfo) -> str:
    """An expression for what the zone's clock shows at a moment, UTC without a zone."""
    if zone is UTC:
        return moment
    *later, (_, first) = changes(zone)
    cases = " ".join(f"WHEN {moment} >= TIMESTAMP '{at:%Y-%m-%d %H:%M:%S}' THEN {ahead}" for at, ahead in later)
    local = f"{moment} + to_seconds({f'CASE {cases} ELSE {first} END' if later else first})"
    edge = "TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'"
    return f"least(greatest({local}, {edge[0]}), {edge[1]})"


@cache
def changes(zone: tzinfo) -> list[tuple[datetime, int]]:
    """Seconds that the zone is ahead of UTC and from when on, the latest first; the last holds for all before."""
    at = datetime(_FIRST, 1, 1, tzinfo=UTC)
    found = [(at, _ahead(at, zone))]
    while at.year < _LAST:
        if _ahead(at + _DAY, zone) != found[0][1]:
            change = _first_of(at, zone)
            found.insert(0, (change, _ahead(change, zone)))
        at += _DAY
    return found


def _first_of(before: datetime, zone: tzinfo) -> datetime:
    """The second at which the clock changes, within a day."""
    low, high, old = 0, 86_400, _ahead(before, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _ahead(before + timedelta(seconds=middle), zone) == old else (low, middle)
    return before + timedelta(seconds=high)


def _ahead(at: datetime, zone: tzinfo) -> int:
    ahead = at.astimezone(zone).utcoffset()
    assert ahead is not None
    return round(ahead.total_seconds())
