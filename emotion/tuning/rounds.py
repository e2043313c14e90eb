"""A round as the memory allows: one trial to measure where need be, many beside each other, then those left over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from emotion.errors import UsageError
from emotion.report.search.found import Trial
from emotion.report.search.written import size
from emotion.tuning.assigner import Assigner
from emotion.tuning.footprint import share
from emotion.tuning.listener import Listener
from emotion.tuning.options import Machines
from emotion.tuning.ray_tune import Engine, run_round
from emotion.tuning.trial import Work

if TYPE_CHECKING:
    from ray.tune.schedulers import TrialScheduler

Scheduler = Callable[[], "TrialScheduler"]
Seconds = Callable[[], float | None]


@dataclass(frozen=True)
class Rounds:
    """The connected cluster as rounds use it. `places` says how many trials with such needs run at once."""

    machines: Machines
    places: Callable[[Machines], int]
    shelf: Any
    listener: Listener

    def carry_out(
        self,
        work: Work,
        assigner: Assigner,
        known: Callable[[], Sequence[Trial]],
        scheduler: Scheduler | None = None,
        seconds: Seconds = lambda: None,
    ) -> None:
        """Run what the assigner hands out; a share of a GPU is measured on trials that are `known`, or on a first one.

        Raises:
            JobError: Ray cannot go on, or no machine has room for a trial.
            UsageError: a population whose share is to be measured on one of its members.
        """

        def run(machines: Machines, at_most: int | None = None) -> None:
            chosen = None if scheduler is None else scheduler()
            engine = Engine(machines, self.places(machines), self.shelf)
            own = replace(work, gpu=machines.gpu)
            run_round(own, engine, assigner, self.listener, chosen, seconds(), at_most)

        machines = self.machines
        if machines.measured and assigner.left != 0:
            if work.population and share(known()) is None:
                raise UsageError("--gpu auto measures one trial first, and a population begins together; name a share.")
            if share(known()) is None:
                self.listener.note("one trial by itself shows how much of a GPU a trial takes")
                run(machines.alone, 1)
            machines = self._sharing(machines, known())
        run(machines)
        if left := assigner.release():
            self.listener.note(f"{left} found too little memory beside others, and run again, one at a time")
            run(machines.alone)

    def _sharing(self, machines: Machines, known: Sequence[Trial]) -> Machines:
        found = share(known)
        if found is None:
            self.listener.note("what a trial takes of a GPU could not be measured; each has one for itself")
            return machines
        most = max(trial.memory or 0 for trial in known)
        self.listener.note(f"a trial took {size(most)} of a GPU at most; {1 / found:.0f} share one")
        return replace(machines, gpu=found)
