"""Who is told how training goes."""

from typing import Protocol


class Watcher(Protocol):
    """Told of tasks, their steps, and lines worth a place in a log."""

    def begin(self, task: str, total: int) -> None:
        """A task of `total` steps starts."""

    def advance(self) -> None:
        """One step of the current task is done."""

    def note(self, line: str) -> None:
        """Something worth a line in a log."""


class Silence:
    """A watcher that tells nobody."""

    def begin(self, task: str, total: int) -> None: ...

    def advance(self) -> None: ...

    def note(self, line: str) -> None: ...
