"""What a search found, as one JSON document (`search.json`).

    Found           a search
    ├── trials      one training each
    ├── candidates  the best values and the base recipe, each trained with several seeds
    └── test        what the winner, the base recipe and the linear baseline are worth, measured once

This module loads neither numpy nor torch.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

Status = Literal["running", "finished", "stopped", "interrupted", "failed"]
"""`stopped`: ended early by the scheduler; `interrupted`: unfinished when the budget or the search ended, and gone on
with when the search goes on. The best epoch of either is kept."""


class Trial(msgspec.Struct):
    """One training: `values` by parameter, and what came of it.

    `quality` is the recipe's `select` of the epoch that is kept, `speed` tweets a second of one core, `size` bytes of
    the bundle, `history` the epochs. `seconds` is what was worked on it, times that went lost in a kill left out.
    """

    number: int
    values: dict[str, Any]
    seed: int
    status: Status = "running"
    quality: float | None = None
    speed: float | None = None
    size: int | None = None
    model: str | None = None
    best: int | None = None  # place in the history of the epoch that is kept
    seconds: float = 0.0
    ended: float = 0.0  # seconds since the search began
    place: str = ""  # machine and GPU
    memory: int | None = None  # bytes of the GPU at most
    room: int | None = None  # bytes that the whole GPU has
    alone: bool = False  # it found too little memory beside others, and has a GPU, or all the memory, for itself
    reason: str = ""
    history: list[dict[str, float]] = []

    @property
    def epochs(self) -> int:
        return len(self.history)


class Candidate(msgspec.Struct, frozen=True):
    """Values trained with several seeds; `trial` is the number in the search, None for the base recipe."""

    name: str
    trial: int | None
    values: dict[str, Any]
    qualities: tuple[float, ...]  # by seed, on validation
    mean: float
    std: float
    speed: float | None = None
    size: int | None = None
    model: str | None = None  # the best of its seeds on validation

    @property
    def score(self) -> float:
        """Mean minus one standard deviation: what decides."""
        return self.mean - self.std


class Measured(msgspec.Struct, frozen=True):
    """One model on the test split: by `set.head.measure`, its value."""

    name: str
    measures: dict[str, float]


class SliceLine(msgspec.Struct, frozen=True):
    """A kind of texts: of which measure, on how many, and its value by the name of each candidate that was measured."""

    place: str
    kind: str
    rows: int
    values: dict[str, float]


class Importance(msgspec.Struct, frozen=True):
    """How much of the differences in quality each parameter explains (shares that sum to 1), and by which method."""

    method: str
    trials: int
    shares: dict[str, float]


class Found(msgspec.Struct, frozen=True):
    """A search and what came of it."""

    name: str
    parameters: tuple[str, ...]
    objectives: tuple[str, ...]
    searcher: str
    scheduler: str
    trials: tuple[Trial, ...]
    command: str  # that trains a trial again; {trial} stands for its folder
    logarithmic: tuple[str, ...] = ()
    importance: Importance | None = None
    candidates: tuple[Candidate, ...] = ()
    winner: str | None = None
    bundle: str | None = None
    test: tuple[Measured, ...] = ()
    slices: tuple[SliceLine, ...] = ()
    emotion: str = ""
    version: int = 1

    @property
    def measured(self) -> tuple[Trial, ...]:
        """Trials that reached a quality."""
        return tuple(trial for trial in self.trials if trial.quality is not None)

    def again(self, trial: Trial) -> str:
        """The command that trains a trial again."""
        return self.command.replace("{trial}", f"{trial.number:04d}")


def best(trials: Sequence[Trial], above: float | None = None) -> list[Trial]:
    """Trials with a quality, the best first; with `above`, those of at least so many tweets a second."""
    able = [trial for trial in trials if trial.quality is not None and (not above or (trial.speed or 0) >= above)]
    return sorted(able, key=lambda trial: (-(trial.quality or 0.0), trial.number))


def front(trials: Sequence[Trial]) -> list[Trial]:
    """Trials that no other beats: none is at least as good in quality, speed and size and better in one of them."""
    able = [trial for trial in trials if None not in (trial.quality, trial.speed, trial.size)]
    points = {trial.number: (trial.quality or 0.0, trial.speed or 0.0, -(trial.size or 0)) for trial in able}
    return [trial for trial in able if not any(_beats(other, points[trial.number]) for other in points.values())]


def _beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(mine >= theirs for mine, theirs in zip(one, other, strict=True))
