"""How far long work is: texts a second and the time left, as lines for a log."""

import time
from collections.abc import Callable

from emotion.training.watcher import Watcher

EVERY = 60.0  # seconds between two lines


class Pace:
    """Counts texts of `total` and notes the pace from time to time; `done` of them were ready at the start."""

    def __init__(
        self, watcher: Watcher, task: str, total: int, done: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._watcher, self._task, self._total, self._clock = watcher, task, total, clock
        self._done = self._before = done
        self._start = self._said = clock()

    def advance(self, texts: int) -> None:
        """Count texts; every `EVERY` seconds a line is noted."""
        self._done += texts
        if self._clock() - self._said >= EVERY:
            self._said = self._clock()
            self._watcher.note(self.line())

    def line(self) -> str:
        """Where the work is; once some is done, how fast it goes and how long the rest will take."""
        where = f"{self._task}: {self._done:,} of {self._total:,} texts"
        rate = (self._done - self._before) / max(self._clock() - self._start, 1e-9)
        if not rate:
            return where
        left = (self._total - self._done) / rate
        return f"{where}, {rate:,.0f} a second" + (f", {spoken(left)} left" if left else "")


def spoken(seconds: float) -> str:
    """A duration for people: 45 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"
