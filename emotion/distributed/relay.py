"""How a training is followed from elsewhere: what its watcher hears travels as words, and is said again."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emotion.training.watcher import Watcher

Word = tuple[str, tuple[Any, ...]]  # a method of Watcher, and what it is called with; `advance` with a number of steps

PAUSE_SECONDS = 0.25  # between two reports of steps: no training waits for its console


class Teller(Watcher):
    """Sends on what it hears: steps in bunches, all else at once."""

    def __init__(self, send: Callable[[list[Word]], object], pause: float = PAUSE_SECONDS) -> None:
        self._send, self._pause = send, pause
        self._steps = 0
        self._sent = time.monotonic()

    def begin(self, task: str, total: int) -> None:
        self._tell("begin", task, total)

    def advance(self) -> None:
        self._steps += 1
        if time.monotonic() - self._sent >= self._pause:
            self._tell()

    def note(self, line: str) -> None:
        self._tell("note", line)

    def stage(self, number: int, count: int, epochs: int) -> None:
        self._tell("stage", number, count, epochs)

    def epoch(self, record: Mapping[str, Any]) -> None:
        self._tell("epoch", dict(record))

    def _tell(self, *word: Any) -> None:
        """Send the steps since the last time, then the word, if any."""
        words: list[Word] = [("advance", (self._steps,))] if self._steps else []
        self._steps = 0
        self._send([*words, (word[0], word[1:])] if word else words)
        self._sent = time.monotonic()


class Listener:
    """Says to a watcher what a teller sent; what was said before the workers had to begin again is not said twice."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._stage = 0
        self._said: set[tuple[str, int, Any]] = set()

    def hear(self, words: Sequence[Word]) -> None:
        """Say all of it, in order."""
        for name, given in words:
            if name == "advance":
                for _ in range(given[0]):
                    self._watcher.advance()
            elif name == "begin" or self._is_new(name, given):
                getattr(self._watcher, name)(*given)

    def _is_new(self, name: str, given: tuple[Any, ...]) -> bool:
        if name == "stage":
            self._stage = given[0]
        key = (name, self._stage, given[0]["epoch"]) if name == "epoch" else (name, 0, given[0])
        new = key not in self._said
        self._said.add(key)
        return new
