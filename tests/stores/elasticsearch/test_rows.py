"""Versions say which copy of a tweet stays."""

from datetime import datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.errors import JobError
from emotion.stores.elasticsearch.live import months_of
from emotion.stores.elasticsearch.rows import first_copies, version_of
from emotion.stores.protocol import Turn

turns = st.builds(Turn, st.integers(0, (1 << 22) - 1), st.integers(0, (1 << 22) - 1), st.integers(0, (1 << 17) - 1))


@given(turns, turns)
def test_a_later_start_wins_and_within_one_the_earlier_part(one: Turn, other: Turn) -> None:
    wins = (one.start, -one.split, -one.part) > (other.start, -other.split, -other.part)
    assert (version_of(one) > version_of(other)) == wins


@given(turns)
def test_a_version_fits_and_leaves_room_for_a_corrected_line(turn: Turn) -> None:
    assert 0 < version_of(turn) < (1 << 63) - 1
    assert version_of(turn) % 2 == 0


def test_more_parts_than_there_is_room_for_are_refused() -> None:
    with pytest.raises(JobError, match="too many starts, splits or parts"):
        version_of(Turn(0, 1 << 22, 0))


def test_of_equal_ids_the_first_is_sent() -> None:
    firsts, codes = first_copies(pa.array(["b", "a", "b", "c", "a"]))
    assert firsts.tolist() == [0, 1, 3]
    assert codes[0] == codes[2] != codes[1] == codes[4]
    assert first_copies(pa.array([], pa.string()))[0].tolist() == []


def test_the_month_of_a_live_tweet_is_that_of_its_id_then_of_its_date() -> None:
    dates = pa.array([None, 1_600_000_000_000_000, None], pa.timestamp("us", tz="UTC"))
    documents = pa.table({"tweet_id": ["824648090535604224", "42", "x-1"], "created_at": dates})
    assert months_of(documents) == ["2017.01", "2020.09", "unknown"]


def test_no_date_that_is_claimed_makes_a_month_in_which_nobody_tweeted() -> None:
    claimed = ["1650-01-01", "2006-02-28T23:59:59", "2006-03-01", "9999-12-31", "0001-01-01"]
    dates = pa.array([*map(datetime.fromisoformat, claimed), None], pa.timestamp("us", tz="UTC"))
    posts = [f"at://did:plc:otter/app.bsky.feed.post/{n}" for n in range(5)]
    documents = pa.table({"tweet_id": [*posts, "9" * 19], "created_at": dates})
    assert months_of(documents) == ["unknown", "unknown", "2006.03", "unknown", "unknown", "unknown"]
