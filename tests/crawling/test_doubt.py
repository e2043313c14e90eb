"""When a refusal of everything is believed: not while another replica of the target answers otherwise."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from emotion.crawling.buffer import Buffer
from emotion.crawling.sending import Sender
from emotion.crawling.targets import Again, Receipt, Refused, Renamed, Unwilling
from emotion.errors import ApiError
from tests.crawling.made import raw

NEVER, ENDED = threading.Event(), threading.Event()
ENDED.set()
OLD = Unwilling(ApiError("The key is not known."))
Answer = Receipt | Exception


class Told:
    """Answers one after the other, each at its second, and is its own clock."""

    name = "told"

    def __init__(self, answers: Sequence[tuple[float, Answer]]) -> None:
        self.left, self.now = list(answers), 0.0

    def send(self, source: str, sequence: int, records: Sequence[bytes]) -> Receipt:
        """Answer."""
        self.now, answer = self.left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Nothing is open."""


def send(folder: Path, *answers: tuple[float, Answer]) -> None:
    """Send three frames of a record each."""
    target = Told(answers)
    with Buffer(folder, "s", "t", 10**6) as buffer:
        for number in range(3):
            buffer.append([raw(number)], None, {}, None, NEVER)
        Sender(buffer, target, lambda: target.now).run(ENDED, NEVER)


TAKEN = Receipt(labelled=1)


def test_a_target_that_never_took_anything_is_believed_at_once(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="The key is not known"):
        send(tmp_path, (0, OLD))


def test_what_an_earlier_run_delivered_proves_the_target(tmp_path: Path) -> None:
    send(tmp_path, (0, TAKEN), (0, TAKEN), (0, TAKEN))
    send(tmp_path, (0, OLD), (59, OLD), (59, TAKEN), (59, TAKEN), (59, TAKEN))


def test_a_run_that_delivered_nothing_proves_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ApiError, match="The key is not known"):
            send(tmp_path, (0, OLD))


def test_a_minute_of_refusals_is_believed(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="The key is not known"):
        send(tmp_path, (0, TAKEN), (100, OLD), (159, OLD), (160, OLD))


@pytest.mark.parametrize("other", [Again("not ready"), Renamed("known"), Refused("no"), TAKEN])
def test_a_refusal_is_not_believed_while_something_else_is_answered(tmp_path: Path, other: Answer) -> None:
    """As of two replicas, one with an older file of keys, the other one with a store that is away."""
    send(tmp_path, (0, TAKEN), (10, OLD), (50, other), (80, OLD), (139, OLD), (150, TAKEN), (151, TAKEN))
