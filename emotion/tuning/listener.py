"""Who is told how a search goes."""

from collections.abc import Mapping
from typing import Any, Protocol

from emotion.report.search.found import Trial


class Listener(Protocol):
    """Told of each round, of its trials, and of lines worth a place in a log.

    A class that names it as its base has to say only what it listens to.
    """

    def round(self, name: str, total: int | None, done: int, best: Trial | None) -> None:
        """A round of `total` trials begins (None: nobody knows how many), of which so many are done, one the best."""
        return

    def epoch(self, number: int, result: Mapping[str, Any]) -> None:
        """A trial has done an epoch: `epochs` so far, and its `quality`."""
        return

    def settled(self, trial: Trial) -> None:
        """A trial has ended."""
        return

    def note(self, line: str) -> None:
        """Something worth a line in a log."""
        return
