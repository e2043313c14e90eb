"""When the months are put in order, beside the writing."""

import time

import pytest

from emotion.stores.directory.pace import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [time.monotonic() + 1]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def wrote(pace: Pace, batches: int) -> Pace:
    for _ in range(batches):
        pace.wrote(10)
    return pace


def rested(pace: Pace) -> Pace:
    """One that has just compacted, for ten seconds."""
    pace.began()
    pace.ended(10.0)
    return pace


@pytest.mark.parametrize(
    ("batches", "seconds", "due"), [(0, 999, False), (1, 59, False), (1, 60, True), (256, 0, True)]
)
def test_it_is_due_once_enough_waits_or_something_waits_long_enough(
    clock: list[float], batches: int, seconds: float, due: bool
) -> None:
    pace = wrote(Pace(), batches)
    clock[0] += seconds
    assert pace.is_due is due


def test_rows_count_where_batches_are_large(clock: list[float]) -> None:
    pace = Pace()
    pace.wrote(200_000)
    assert pace.is_due


def test_it_rests_twenty_times_as_long_as_it_took(clock: list[float]) -> None:
    pace = wrote(rested(Pace()), 256)
    clock[0] += 199
    assert not pace.is_due
    clock[0] += 1
    assert pace.is_due


def test_it_rests_no_longer_where_so_many_wait_that_reading_grows_slow(clock: list[float]) -> None:
    pace = wrote(rested(Pace()), 1023)
    assert not pace.is_due
    assert wrote(pace, 1).is_due
    assert not pace.is_far_behind


def test_writing_waits_where_it_does_not_keep_up(clock: list[float]) -> None:
    pace = wrote(Pace(most_batches=300), 299)
    assert not pace.is_far_behind
    assert wrote(pace, 1).is_far_behind
