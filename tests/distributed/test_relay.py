"""A watcher hears by way of a relay what it would have heard at the training itself."""

from collections.abc import Mapping
from typing import Any

from emotion.distributed.relay import Listener, Teller, Word
from emotion.training.watcher import Watcher


class Kept(Watcher):
    """A watcher that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def begin(self, task: str, total: int) -> None:
        self.told.append((task, total))

    def advance(self) -> None:
        self.told.append("step")

    def note(self, line: str) -> None:
        self.told.append(line)

    def stage(self, number: int, count: int, epochs: int) -> None:
        self.told.append(("stage", number, count, epochs))

    def epoch(self, record: Mapping[str, Any]) -> None:
        self.told.append(dict(record))


def told(watcher: Watcher, stages: int = 1, first: int = 1, last: int = 2) -> None:
    """Tell of some epochs, after those before them, as training that goes on does."""
    watcher.note("90 texts")
    watcher.stage(stages, 2, 3)
    for epoch in range(1, last + 1):
        if epoch >= first:
            watcher.begin(f"epoch {epoch}", 2)
            watcher.advance()
            watcher.advance()
        watcher.epoch({"epoch": epoch, "loss": 1 / epoch})


def test_all_is_heard_in_its_order() -> None:
    direct, relayed = Kept(), Kept()
    told(direct)
    told(Teller(Listener(relayed).hear))
    assert relayed.told == direct.told
    assert relayed.told.count("step") == 4


def test_steps_travel_in_bunches() -> None:
    sent: list[list[Word]] = []
    teller = Teller(sent.append, pause=3600)
    teller.begin("epoch 1", 1000)
    for _ in range(1000):
        teller.advance()
    teller.epoch({"epoch": 1})
    assert sent == [[("begin", ("epoch 1", 1000))], [("advance", (1000,)), ("epoch", ({"epoch": 1},))]]


def test_steps_are_reported_within_an_epoch() -> None:
    sent: list[list[Word]] = []
    teller = Teller(sent.append, pause=0)
    teller.advance()
    teller.advance()
    assert sent == [[("advance", (1,))], [("advance", (1,))]]


def test_what_was_said_before_a_worker_was_lost_is_not_said_twice() -> None:
    undisturbed, disturbed = Kept(), Kept()
    told(undisturbed, last=3)
    listener = Listener(disturbed)
    told(Teller(listener.hear), last=2)
    told(Teller(listener.hear), first=3, last=3)
    assert disturbed.told == undisturbed.told


def test_the_same_epoch_of_another_stage_is_news() -> None:
    direct, relayed = Kept(), Kept()
    teller = Teller(Listener(relayed).hear)
    for stage in (1, 2):
        direct.stage(stage, 2, 1)
        teller.stage(stage, 2, 1)
        direct.epoch({"epoch": 1})
        teller.epoch({"epoch": 1})
    assert relayed.told == direct.told
