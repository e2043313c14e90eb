"""Which trial comes next, and what became of each: the one book that proposer, Ray and disk agree in. Without Ray."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emotion.report.search.found import Trial
from emotion.tuning.folder import Round
from emotion.tuning.footprint import postpone
from emotion.tuning.objectives import scores
from emotion.tuning.proposing.proposer import Proposer
from emotion.tuning.settings import Objective
from emotion.tuning.space import Values


@dataclass(frozen=True)
class Given:
    """One trial to run."""

    number: int
    values: Values
    seed: int


class Assigner:
    """Hands out trials up to `count` in all (None: without end), first those that a kill left unfinished.

    What is on disk from an earlier attempt is told to the proposer again. Trials that found too little memory beside
    others wait until they are released.
    """

    def __init__(
        self,
        round: Round,
        proposer: Proposer,
        objectives: Sequence[Objective],
        count: int | None,
        seed: Callable[[int], int],
    ) -> None:
        self._round, self._proposer, self._objectives = round, proposer, objectives
        self._count, self._seed = count, seed
        known = round.trials()
        self._left: deque[Trial] = deque()
        self._waiting: deque[Trial] = deque()
        self._released: set[int] = set()
        self._out: set[int] = set()
        self.done = 0
        for trial in known:
            if trial.status == "running":
                proposer.adopt(trial.number, trial.values)
                (self._waiting if trial.alone else self._left).append(trial)
            else:
                self._tell(trial)
        self._next = max((trial.number for trial in known), default=-1) + 1

    @property
    def left(self) -> int | None:
        """Trials still to be handed out; None where nobody knows."""
        return None if self._count is None else len(self._left) + max(0, self._count - self._next)

    def release(self) -> int:
        """Hand out none but the trials that wait, from now on; how many they are."""
        self._left, self._waiting = self._waiting, deque()
        self._released |= {trial.number for trial in self._left}
        self._count = self._next
        return len(self._left)

    def next(self) -> Given | None:
        """The next trial, which is on record from now on; None after the last."""
        if self._left:
            return self._given(self._left.popleft())
        if self._count is not None and self._next >= self._count:
            return None
        values = self._proposer.propose(self._next)
        if values is None:
            return None
        trial = Trial(self._next, dict(values), self._seed(self._next))
        self._round.of(self._next).write(trial)
        self._next += 1
        return self._given(trial)

    def _given(self, trial: Trial) -> Given:
        self._out.add(trial.number)
        return Given(trial.number, trial.values, trial.seed)

    def interrupt(self, ended: float) -> int:
        """The budget ended, so many seconds after the search began; how many trials wait for more of it, unfinished."""

        def cut(trial: Trial) -> None:
            trial.ended = ended if trial.status == "running" else trial.ended

        found = [self._round.of(number).change(cut) for number in self._out]
        self._out.clear()
        return sum(trial is not None and trial.status == "running" for trial in found)

    def settle(self, number: int, lost: str = "") -> Trial | None:
        """A trial has ended: by itself, by the scheduler, or because it was `lost` too often.

        None for one that waits, as it found too little memory, or that is unknown.
        """
        self._out.discard(number)
        folder = self._round.of(number)
        trial = folder.read()
        if trial is None:
            return None
        if trial.status == "running" and "memory" in lost.lower():
            postpone(trial)
            folder.write(trial)
        if trial.status == "running" and trial.alone and number not in self._released:
            self._waiting.append(trial)
            return None
        if trial.status == "running":
            trial.status = "failed" if lost or trial.quality is None else "stopped"
            trial.reason = lost or trial.reason or ("" if trial.quality is not None else "ended before its first epoch")
            folder.write(trial)
            folder.tidy()
        self._tell(trial)
        return trial

    def _tell(self, trial: Trial) -> None:
        self.done += 1
        reached = None if trial.status == "failed" else scores(trial, self._objectives)
        self._proposer.tell(trial.number, trial.values, reached, trial.epochs, trial.status == "finished")
