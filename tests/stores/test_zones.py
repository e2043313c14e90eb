"""Hours and days by the clock of a zone."""

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from emotion.errors import UsageError
from emotion.stores.answers import Filter
from emotion.stores.directory.queries import DirectoryQueries
from emotion.stores.queries.zones import as_sql, changes, in_zone, zone_of
from tests.made_store import Made, make_store

LONDON = ZoneInfo("Europe/London")
SUMMER = datetime(2021, 3, 28, 1, tzinfo=UTC)  # when the clocks go forward
WINTER = datetime(2021, 10, 31, 1, tzinfo=UTC)  # and back
HOUR = timedelta(hours=1)
ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC")


def queries_of(folder: Path, *made: Made, zone: tzinfo = LONDON) -> DirectoryQueries:
    return DirectoryQueries(make_store(folder, made), zone=zone)


def tweets(*times: datetime) -> list[Made]:
    return [Made(str(n), "tea", at=at) for n, at in enumerate(times)]


def clocks(zone: tzinfo, moments: list[datetime]) -> list[datetime]:
    """What SQL says that the zone's clock shows."""
    sql = f"SELECT {as_sql('moment', zone)} FROM (SELECT unnest($moments) AS moment)"
    naive = [at.replace(tzinfo=None) for at in moments]
    with duckdb.connect() as connection:
        return [clock for (clock,) in connection.execute(sql, {"moments": naive}).fetchall()]


@pytest.mark.parametrize("name", ZONES)
def test_a_clock_in_sql_is_that_of_python(name: str) -> None:
    zone = zone_of(name)
    second = timedelta(seconds=1)
    *since_1900, _ = changes(zone)
    moments = [at + step for at, _ in since_1900 for step in (-second, timedelta(0), second, 40 * HOUR)]
    moments += [datetime(2039, 7, 1, tzinfo=UTC), datetime(1901, 1, 1, tzinfo=UTC)]
    assert clocks(zone, moments) == [in_zone(at, zone).replace(tzinfo=None, fold=0) for at in moments]


@pytest.mark.parametrize("name", ZONES)
def test_the_ends_of_time_are_times_still(name: str) -> None:
    ends = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
    for clock, end in zip(clocks(zone_of(name), ends), ends, strict=True):
        assert abs(clock.replace(tzinfo=UTC) - end) < timedelta(days=1)


def test_a_day_begins_at_the_clocks_midnight(tmp_path: Path) -> None:
    late = datetime(2021, 6, 1, 23, 30, tzinfo=UTC)
    queries = queries_of(tmp_path, *tweets(late, late - HOUR, late + 24 * HOUR))
    assert [(day.start.isoformat(), day.tweets) for day in queries.timeline("day")] == [
        ("2021-06-01T00:00:00+01:00", 1), ("2021-06-02T00:00:00+01:00", 1), ("2021-06-03T00:00:00+01:00", 1),
    ]  # fmt: skip
    assert [bucket.start.isoformat() for bucket in queries.timeline("week")] == ["2021-05-31T00:00:00+01:00"]
    assert queries.summary().first == late - HOUR
    assert queries.summary().first.isoformat() == "2021-06-01T23:30:00+01:00"  # type: ignore[union-attr]


def test_an_hour_that_the_clock_passes_over_is_none_and_one_that_it_shows_twice_is_one(tmp_path: Path) -> None:
    spring = queries_of(tmp_path / "spring", *tweets(SUMMER - HOUR, SUMMER + HOUR))
    assert [(each.start.hour, each.tweets) for each in spring.timeline("hour")] == [(0, 1), (2, 0), (3, 1)]
    autumn = queries_of(tmp_path / "autumn", *tweets(WINTER - HOUR, WINTER, WINTER + HOUR))
    assert [(each.start.hour, each.tweets) for each in autumn.timeline("hour")] == [(1, 2), (2, 1)]


def test_a_day_without_a_midnight_is_a_day(tmp_path: Path) -> None:
    before = datetime(2018, 11, 3, 12, tzinfo=UTC)  # the day after begins at one in Brazil
    queries = queries_of(tmp_path, *tweets(before, before + 48 * HOUR), zone=ZoneInfo("America/Sao_Paulo"))
    assert [day.tweets for day in queries.timeline("day")] == [1, 0, 1]


def test_a_day_stands_out_by_the_clock_of_the_zone(tmp_path: Path) -> None:
    noon = datetime(2021, 6, 1, 12, tzinfo=UTC)
    made = [Made(f"{day}-{n}", "x", "fear", at=noon + timedelta(days=day)) for day in range(6) for n in range(2)]
    late = datetime(2021, 6, 2, 23, 30, tzinfo=UTC)
    made += [Made(f"late-{n}", "x", "fear", at=late, hashtags=["Late"]) for n in range(20)]
    made += [Made("soon", "x", "fear", at=late + 24 * HOUR, hashtags=["a"])]
    (peak,) = queries_of(tmp_path, *made).peaks()
    assert (peak.start.isoformat(), peak.tweets, peak.hashtag) == ("2021-06-03T00:00:00+01:00", 22, "Late")


def test_who_has_no_clock_has_that_of_the_zone(tmp_path: Path) -> None:
    late = datetime(2021, 6, 6, 23, 30, tzinfo=UTC)  # a Sunday; in London it is Monday
    made = [Made("1", "x", at=late), Made("2", "x", at=late, utc_offset=-5 * 3600)]
    rhythm = queries_of(tmp_path, *made).rhythm()
    assert set(rhythm.counts) == {(0, 0), (6, 18)}
    assert (rhythm.local, rhythm.tweets) == (1, 2)


def test_a_filter_is_of_moments_whatever_the_clock(tmp_path: Path) -> None:
    late = datetime(2021, 6, 30, 23, 30, tzinfo=UTC)
    queries = queries_of(tmp_path, *tweets(late, late - HOUR))
    july = Filter(since=datetime(2021, 7, 1, tzinfo=LONDON))
    assert [(month.start.month, month.tweets) for month in queries.timeline("month", july)] == [(7, 1)]


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "Europe", "../../etc/passwd", "\x00", "\udcff", "/etc/localtime"])
def test_a_zone_that_is_none_is_a_sentence(name: str) -> None:
    with pytest.raises(UsageError, match="no time zone"):
        zone_of(name)
