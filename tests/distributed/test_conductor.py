"""What becomes of a failure: sentences for the user at once, new tries for what may have been chance."""

from typing import Any

import pytest
from ray.train import ControllerError, WorkerGroupError

from emotion.distributed.conductor import RESTARTS, Conductor, Losses, told
from emotion.errors import ConfigError, JobError


class Heard:
    """Stands for the conductor's actor."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tell = self

    def remote(self, words: list[Any]) -> None:
        self.lines += [given[0] for _, given in words]


def test_what_the_user_must_put_right_is_not_tried_again() -> None:
    heard = Heard()
    with pytest.raises(ConfigError, match="lower the learning_rate"):
        Losses(heard).after_exception(None, {0: ConfigError("lower the learning_rate"), 1: RuntimeError("closed")})
    assert heard.lines == []


def test_each_loss_is_told_and_counted() -> None:
    heard = Heard()
    losses = Losses(heard)
    for _ in range(RESTARTS + 1):
        losses.after_exception(None, {1: RuntimeError("Connection closed by peer")})
    assert [line.split(" of at most")[0] for line in heard.lines] == [
        f"lost a worker, {count}" for count in range(1, RESTARTS + 1)
    ]


def test_the_sentence_is_what_the_user_reads() -> None:
    assert str(told(ControllerError(ConfigError("The recipe is wrong.")))) == "The recipe is wrong."
    lost = told(WorkerGroupError("…", {1: RuntimeError("Traceback:\n  no memory")}))
    assert isinstance(lost, JobError)
    assert "given up (no memory)" in str(lost)
    assert "given up (ValueError)" in str(told(ControllerError(ValueError())))


def test_words_are_taken_once_and_in_order() -> None:
    conductor = Conductor()
    conductor.tell([("note", ("a",)), ("note", ("b",))])
    conductor.tell([("note", ("c",))])
    assert [given[0] for _, given in conductor.take()] == ["a", "b", "c"]
    assert conductor.take() == []
