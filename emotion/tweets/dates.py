"""Times of tweets as microseconds since 1970 UTC, from every form that archives hold."""

import calendar
import math
import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_ZONES = {
    "UT": 0,
    "UTC": 0,
    "GMT": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
_TWITTER = re.compile(r"\w{3} (\w{3}) (\d{1,2}) (\d\d):(\d\d):(\d\d) (?:([+-]\d\d):?(\d\d)|([A-Z]{2,3})) (\d{4})\Z")
_DIGITS = re.compile(r"(?:19|20)\d{10}(?:\d\d)?\Z", re.ASCII)  # no epoch of a tweet has as many of them
_LONGEST = 100  # letters that a date may have; what is parsed is remembered
_MAIL = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} ", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_LATEST = 4_102_444_800 * _SECOND  # the year 2100: later ones stand for no date, as 9999-12-31 does
_EARLIEST = -2_208_988_800 * _SECOND  # the year 1900
_FIRST_SNOWFLAKE = 29_700_859_247  # November 4, 2010
_SNOWFLAKE_EPOCH = 1_288_834_974_657  # milliseconds


def parse_date(value: object) -> int | None:
    """From Twitter's own form, ISO 8601, that of mail, 14 or 12 digits, or an epoch in seconds, milli- or microseconds.

    UTC when it names no zone.
    """
    if isinstance(value, str):
        return _parse_text(value) if len(value) <= _LONGEST else None
    if isinstance(value, datetime):
        return _microseconds(value)
    if isinstance(value, date):
        return _parse_text(value.isoformat())
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 19e10 <= value < 21e10 or 19e12 <= value < 21e12:  # the digits of a date, where a table holds numbers
            return _parse_text(str(int(value)))
        return _from_epoch(value)
    return None


def to_iso(moment: int) -> str:
    """ISO 8601 in UTC, to the microsecond."""
    return (_EPOCH + timedelta(microseconds=moment)).isoformat().replace("+00:00", "Z")


def from_snowflake(tweet_id: str) -> int | None:
    """When a tweet was made, told by its id (from November 4, 2010 on)."""
    if not (11 <= len(tweet_id) <= 19 and tweet_id.isascii() and tweet_id.isdigit()):
        return None
    number = int(tweet_id)
    return ((number >> 22) + _SNOWFLAKE_EPOCH) * 1000 if number >= _FIRST_SNOWFLAKE else None


@lru_cache(maxsize=4096)
def _parse_text(value: str) -> int | None:
    match = _TWITTER.match(value)
    if match:
        return _from_twitter(match)
    try:
        return _parse_stripped(value.strip())
    except (ValueError, OverflowError):
        return None


def _parse_stripped(value: str) -> int | None:
    if _DIGITS.match(value):
        return _microseconds(datetime.strptime(value, "%Y%m%d%H%M%S" if len(value) == 14 else "%Y%m%d%H%M"))
    if _is_number(value):
        return _from_epoch(float(value))
    if _MAIL.match(value):
        return _microseconds(parsedate_to_datetime(value))
    return _microseconds(datetime.fromisoformat(value.removesuffix(" UTC").removesuffix(" GMT")))


def _is_number(value: str) -> bool:
    """Whether digits are an epoch; eight of them are a date of ISO 8601."""
    return value.isascii() and value.replace(".", "", 1).isdigit() and len(value) >= 9


def _from_twitter(match: re.Match[str]) -> int | None:
    month, day, hour, minute, second, zone_hours, zone_minutes, zone, year = match.groups()
    if month not in _MONTHS or (zone and zone not in _ZONES):
        return None
    offset = _ZONES[zone] * 3600 if zone else int(zone_hours) * 3600 + int(zone_hours[0] + zone_minutes) * 60
    try:
        local = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), tzinfo=UTC)
        return _microseconds(local + timedelta(seconds=min(int(second), 60) - offset))
    except (ValueError, OverflowError):
        return None


def _microseconds(value: datetime) -> int | None:
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return _in_range((aware - _EPOCH) // timedelta(microseconds=1))


def _from_epoch(value: float) -> int | None:
    if not math.isfinite(value) or value <= 0:
        return None
    scale = _SECOND if value < 1e11 else 1000 if value < 1e14 else 1
    return _in_range(round(value * scale))


def _in_range(value: int) -> int | None:
    return value if _EARLIEST <= value < _LATEST else None
