"""The pace of bulk requests follows the server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.stores.elasticsearch.pace import MOST_DOCUMENTS, MOST_IN_FLIGHT, Action, Pace


def test_a_server_that_keeps_up_gets_more_and_larger_requests_up_to_a_bound() -> None:
    pace = Pace()
    before = pace.window, pace.bytes
    for _ in range(100):
        pace.saw(0.1, rejected=False)
    assert before[0] < pace.window == MOST_IN_FLIGHT
    assert before[1] < pace.bytes == 16 << 20


@pytest.mark.parametrize(("seconds", "rejected"), [(0.1, True), (60.0, False)])
def test_a_rejection_or_a_slow_answer_halves_them_down_to_one(seconds: float, rejected: bool) -> None:
    pace = Pace()
    pace.saw(seconds, rejected)
    assert (pace.window, pace.bytes) == (1, 2 << 20)
    for _ in range(20):
        pace.saw(seconds, rejected)
    assert (pace.window, pace.bytes) == (1, 64 << 10)


def test_a_size_that_was_refused_is_never_tried_again() -> None:
    pace = Pace()
    pace.refused(1 << 20)
    for _ in range(100):
        pace.saw(0.1, rejected=False)
    assert pace.bytes == 512 << 10
    pace.refused(1)
    assert pace.bytes == 64 << 10


@given(st.lists(st.integers(1, 3 << 20), max_size=40))
def test_requests_hold_every_action_once_in_order_and_are_no_larger_than_asked(sizes: list[int]) -> None:
    pace = Pace()
    actions = [Action(row, bytes(size)) for row, size in enumerate(sizes)]
    chunks = list(pace.chunks(actions))
    assert [action for chunk in chunks for action in chunk] == actions
    for chunk in chunks:
        assert len(chunk) == 1 or sum(len(action.lines) for action in chunk) <= pace.bytes


def test_requests_hold_no_more_documents_than_a_bound() -> None:
    assert [len(chunk) for chunk in Pace().chunks(Action(row, b"x") for row in range(MOST_DOCUMENTS + 1))] == [
        MOST_DOCUMENTS,
        1,
    ]
