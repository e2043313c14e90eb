"""Who is told how training goes."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Watcher(Protocol):
    """Told of tasks, their steps, stages, epochs, and lines worth a place in a log.

    A class that names it as its base has to say only what it listens to.
    """

    def begin(self, task: str, total: int) -> None:
        """A task of `total` steps starts."""
        return

    def advance(self) -> None:
        """One step of the current task is done."""
        return

    def note(self, line: str) -> None:
        """Something worth a line in a log."""
        return

    def stage(self, number: int, count: int, epochs: int) -> None:
        """Stage `number` of `count` starts, of at most `epochs` epochs; of the last one the best epoch is kept."""
        return

    def epoch(self, record: Mapping[str, Any]) -> None:
        """An epoch of the current stage ended: its `epoch`, `loss`, measures, and `select`, which decides the best.

        Training that goes on where it was stopped tells the epochs before once more, so that a curve is whole.
        """
        return


class Silence(Watcher):
    """A watcher that tells nobody."""


class Several(Watcher):
    """A watcher that tells others, in their order."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = tuple(watchers)

    def begin(self, task: str, total: int) -> None:
        for watcher in self._watchers:
            watcher.begin(task, total)

    def advance(self) -> None:
        for watcher in self._watchers:
            watcher.advance()

    def note(self, line: str) -> None:
        for watcher in self._watchers:
            watcher.note(line)

    def stage(self, number: int, count: int, epochs: int) -> None:
        for watcher in self._watchers:
            watcher.stage(number, count, epochs)

    def epoch(self, record: Mapping[str, Any]) -> None:
        for watcher in self._watchers:
            watcher.epoch(record)
