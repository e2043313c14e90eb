"""What a tracker is told of one training."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Parameter = str | int | float | bool
Outcome = Literal["finished", "failed", "stopped"]


@dataclass(frozen=True)
class Run:
    """One training: its name, the recipe whose trainings it stands beside, and that recipe, flat."""

    name: str
    group: str
    parameters: Mapping[str, Parameter]


class Tracker(Protocol):
    """Told once of the start, of each epoch, of the result, and of the end; it may fail with any exception."""

    def start(self, run: Run) -> None:
        """A training starts."""

    def epoch(self, step: int, numbers: Mapping[str, float]) -> None:
        """Epoch number `step` of all stages ended."""

    def finish(self, step: int, numbers: Mapping[str, float], documents: Mapping[str, str]) -> None:
        """The model is made: what it is worth, and texts about it by file name."""

    def close(self, outcome: Outcome) -> None:
        """Nothing follows: let go of files and processes. May come after any failure."""
