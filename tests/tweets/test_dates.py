"""Times in every form that archives hold."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.tweets import dates
from emotion.tweets.dates import from_snowflake, parse_date
from tests.tweets.made import NOON


@pytest.mark.parametrize(
    "value",
    [
        "Thu Jan 26 12:00:00 +0000 2017",
        "Thu Jan 26 17:30:00 +0530 2017",
        "Thu Jan 26 04:00:00 PST 2017",
        "2017-01-26T12:00:00.000Z",
        "2017-01-26T12:00:00+00:00",
        "2017-01-26 13:00:00+01:00",
        "2017-01-26 12:00:00",
        " 2017-01-26T12:00 ",
        1485432000,
        1485432000.0,
        1485432000000,
        1485432000000000,
        201701261200,
        20170126120000,
        20170126120000.0,
        "20170126120000",
        "201701261200",
        "2017-01-26 12:00:00 UTC",
        "2017-01-26 12:00:00.000 GMT",
        "Thu, 26 Jan 2017 13:00:00 +0100",
        "Thu, 26 Jan 2017 12:00:00 GMT",
        "1485432000",
        "1485432000000",
        datetime(2017, 1, 26, 12, tzinfo=UTC),
        datetime(2017, 1, 26, 12),
    ],
)
def test_one_moment_in_many_forms(value: object) -> None:
    assert parse_date(value) == NOON


@pytest.mark.parametrize("value", ["2017-01-26", "20170126", date(2017, 1, 26)])
def test_a_day_is_its_midnight(value: object) -> None:
    assert parse_date(value) == NOON - 12 * 3_600_000_000


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "Thu Xyz 26 12:00:00 +0000 2017",
        "20170231120000",
        "9999-12-31",
        "Fri Dec 31 00:00:00 +0000 9999",
        "Thu Jan 01 00:00:00 +0000 2100",
        "Tue Jan 01 00:00:00 +0000 1850",
        "Thu Jan 26 12:00:00 +0000 0017",
        19999999999999,
        "26100610153500",
        "Thu, 31 Feb 2017 12:00:00 GMT",
        "Thu Feb 31 12:00:00 +0000 2017",
        "0",
        0,
        -5,
        True,
        None,
        [],
        "nan",
        float("inf"),
        1e300,
    ],
)
def test_what_is_no_date(value: object) -> None:
    assert parse_date(value) is None


@given(st.datetimes(datetime(1970, 1, 2), datetime(2099, 12, 30)))
def test_twitter_s_form_agrees_with_the_calendar(moment: datetime) -> None:
    whole = moment.replace(microsecond=0, tzinfo=UTC)
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    text = f"Thu {months[whole.month - 1]} {whole:%d %H:%M:%S} +0000 {whole.year:04}"
    assert parse_date(text) == int(whole.timestamp()) * 1_000_000


@given(st.one_of(st.text(), st.floats(), st.integers()))
def test_nothing_crashes_it(value: object) -> None:
    found = parse_date(value)
    assert found is None or abs(found) < 1 << 62


@pytest.mark.parametrize("tweet_id", ["20", "29700859246", "x-0123456789abcdef", "", "١٢٣٤٥٦٧٨٩٠١٢", "9" * 30])
def test_ids_that_tell_no_time(tweet_id: str) -> None:
    assert from_snowflake(tweet_id) is None


def test_what_is_far_too_long_for_a_date_is_not_remembered() -> None:
    before = dates._parse_text.cache_info().currsize
    assert [parse_date(f"{number}{'x' * 10_000}") for number in range(3)] == [None] * 3
    assert dates._parse_text.cache_info().currsize == before
