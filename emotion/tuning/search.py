"""A search from a space to a bundle: trials, the final of the best, one test, the page. Kill it and say it again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean
from time import time
from typing import TYPE_CHECKING

from emotion.cluster.join import cluster_at
from emotion.errors import BundleError, JobError, UsageError
from emotion.models.bundle import Bundle
from emotion.models.context.config import looked_in
from emotion.report.search.found import Candidate, Found, Trial, best
from emotion.report.search.written import so_many
from emotion.sets.datasets import locate_all
from emotion.stores.files import write_whole
from emotion.tuning import outcome
from emotion.tuning.assigner import Assigner
from emotion.tuning.folder import SearchFolder
from emotion.tuning.listener import Listener
from emotion.tuning.options import Machines, SearchPlan
from emotion.tuning.proposing.chance import Chance
from emotion.tuning.proposing.grid import MOST, Grid
from emotion.tuning.proposing.proposer import Proposer
from emotion.tuning.slices import on_validation
from emotion.tuning.space import Space
from emotion.tuning.winner import BASE, Finals, Proof, bundles_of, crowned, decided, entrants, prove, too_slow

if TYPE_CHECKING:
    from emotion.tuning.rounds import Rounds
    from emotion.tuning.trial import Work

Places = Callable[[Machines], int]


@dataclass(frozen=True)
class Result:
    """What a search found, and the winner's bundle where there is one."""

    found: Found
    bundle: Bundle | None


def search(space: Space, plan: SearchPlan, listener: Listener) -> Result:
    """Search, or go on with the search that was begun in the same folder: what is done is not done again.

    Whatever ends it, the table and the page of what there is are written.

    Raises:
        DataError: a file of the base recipe's sets is not below the data root.
        JobError: no cluster has room for a trial, or no trial came to a quality.
        UsageError: the members of a population are to run a few at once.
    """
    if space.config.search.scheduler == "pbt" and plan.machines.at_once is not None:
        raise UsageError(
            "--at-once is not for a population (pbt), whose members begin together and take turns; leave it out, or "
            "give each more --threads."
        )
    base = space.recipe({})
    locate_all(base.sets, base.unlabelled, plan.root)
    with SearchFolder(plan.to, space, plan.root) as folder:
        try:
            with _connected(plan.machines) as places:
                return _Search(space, plan, folder, listener, places).run()
        except BaseException:
            if folder.trials.path.exists():
                outcome.write(outcome.gathered(space, folder), plan.to)
            raise


class _Search:
    """A search as it is carried out."""

    def __init__(
        self, space: Space, plan: SearchPlan, folder: SearchFolder, listener: Listener, places: Places
    ) -> None:
        self._space, self._plan, self._folder = space, plan, folder
        self._listener, self._places = listener, places

    def run(self) -> Result:
        from emotion.training.trackers.tracking import prepare
        from emotion.tuning.ray_tune import shelf_for
        from emotion.tuning.rounds import Rounds

        machines = self._plan.machines
        room = self._places(machines)
        self._listener.note(f"{so_many(room)} at once")
        work = self._work("trials")
        prepare(work.trackers, work.track_to, self._listener.note)
        with shelf_for(work) as shelf:
            rounds = Rounds(machines, self._places, shelf, self._listener)
            self._trials(rounds)
            trials = self._folder.trials.trials()
            if not any(trial.quality is not None for trial in trials):
                raise JobError(_nothing(self._folder))
            outcome.write(outcome.gathered(self._space, self._folder), self._plan.to)
            finals = Finals(self._space, entrants(self._space, trials))
            candidates = self._final(rounds, finals) if finals.entrants else []
        return self._choose(finals, candidates)

    def _trials(self, rounds: "Rounds") -> None:
        from emotion.tuning.schedulers import scheduler_of

        config, known = self._space.config.search, self._folder.trials
        seed = int(self._space.base.get("seed", 0))
        proposer = proposer_of(self._space)
        count = _count(config.trials, proposer)
        assigner = Assigner(known, proposer, config.objectives, count, lambda number: seed)
        self._listener.round("trials", count, assigner.done, _best(known.trials()))
        work = self._work("trials", population=config.scheduler == "pbt")
        rounds.carry_out(work, assigner, known.trials, lambda: scheduler_of(self._space), self._seconds)

    def _seconds(self) -> float | None:
        """What is left for trials."""
        minutes = self._space.config.search.minutes
        return None if minutes is None else 60 * minutes - self._folder.spent

    def _final(self, rounds: "Rounds", finals: Finals) -> list[Candidate]:
        round = self._folder.finals
        if not finals.fits(round.trials()):
            self._listener.note("the best have changed since the last final; it is held anew")
            round.remove()
        assigner = Assigner(round, finals, ("quality",), len(finals), finals.seed)
        if not assigner.done:
            self._listener.note(_expected(finals, self._folder.trials.trials(), self._places(self._plan.machines)))
        self._listener.round("finals", len(finals), assigner.done, _best(round.trials()))
        rounds.carry_out(self._work("finals"), assigner, self._folder.trials.trials)
        return finals.candidates(round.trials())

    def _choose(self, finals: Finals, candidates: list[Candidate]) -> Result:
        """The winner by validation, then the test, which is not measured again where it was."""
        above = self._space.config.winner.above
        winner = decided(candidates, above)
        if said := too_slow(candidates, winner, above):
            self._listener.note(said)
        if winner is None:
            return self._told(Result(outcome.gathered(self._space, self._folder, candidates), None), None)
        proven = self._proven(candidates, winner)
        if proven is not None:
            self._listener.note(f"the winner is {winner.name}, as it was")
            return self._told(Result(outcome.gathered(self._space, self._folder), proven), None)
        self._listener.note(f"the winner is {winner.name}; measuring it, beside {BASE}")
        bundle = crowned(self._space, self._plan.root, self._folder.finals, finals, winner, self._lineage(winner))
        bundle.save(self._folder.winner)
        bundles = {one.name: self._bundle(finals, one) for one in candidates}
        kinds = on_validation(self._space, self._plan.root, bundles)
        base = None if winner.trial is None else bundles.get(BASE)
        proof = prove(self._space, self._plan.root, bundle, base, winner.name)
        proof = replace(proof, slices=kinds + proof.slices)
        found = outcome.gathered(self._space, self._folder, candidates, winner, proof)
        return self._told(Result(found, bundle), proof)

    def _proven(self, candidates: list[Candidate], winner: Candidate) -> Bundle | None:
        """The winner's bundle, where an earlier attempt chose it among the same and measured it."""
        known = outcome.read(self._plan.to)
        if known is None or (known.winner, known.candidates) != (winner.name, tuple(candidates)):
            return None
        with suppress(BundleError):
            bundle = Bundle.load(self._folder.winner)
            return bundle if bundle.id == winner.model else None
        return None

    def _lineage(self, winner: Candidate) -> dict[str, object]:
        return {
            "space": self._space.config.name,
            "trial": winner.trial,
            "values": winner.values,
            "trials": len(self._folder.trials.trials()),
            "mean": winner.mean,
            "std": winner.std,
        }

    def _bundle(self, finals: Finals, candidate: Candidate) -> Bundle:
        """The best of its seeds on validation."""
        bundles = bundles_of(self._space, self._plan.root, self._folder.finals, finals, candidate)
        return next(bundle for bundle in bundles if bundle.id == candidate.model)

    def _told(self, result: Result, proof: Proof | None) -> Result:
        if result.bundle is not None and proof is not None and proof.evaluation is not None:
            from emotion.report.evaluation import Training, page

            write_whole(
                self._folder.winner / "report.html", page(proof.evaluation, Training(result.bundle.metrics)).encode()
            )
        outcome.write(result.found, self._plan.to)
        if result.bundle is not None and self._plan.name is not None:
            from emotion.models.registry import Registry

            kept = Registry().add(self._folder.winner, self._plan.name)
            self._listener.note(f"the registry knows it as {kept.name}")
        return result

    def _work(self, round: str, population: bool = False) -> "Work":
        from emotion.tuning.trial import Work

        plan = self._plan
        place = plan.to.absolute() / round
        place.mkdir(parents=True, exist_ok=True)
        return Work(
            space=self._space,
            root=plan.root.absolute(),
            round=place,
            home=Path.cwd(),
            began=self._folder.began if round == "trials" else time(),
            device=plan.machines.device,
            threads=plan.machines.threads,
            trackers=plan.trackers,
            track_to=(plan.track_to or plan.to / "tracking").absolute(),
            population=population,
            places=looked_in(),
        )


def proposer_of(space: Space) -> Proposer:
    """Who proposes, as the space says it."""
    if space.config.search.searcher == "optuna":
        from emotion.tuning.proposing.bayes import Bayes

        return Bayes(space)
    return Grid(space) if space.config.search.searcher == "grid" else Chance(space)


def _count(wanted: int | None, proposer: Proposer) -> int | None:
    """Trials in all: a grid has an end of its own."""
    return proposer.count(MOST if wanted is None else wanted) if isinstance(proposer, Grid) else wanted


@contextmanager
def _connected(machines: Machines) -> Iterator[Places]:
    """Connected to the cluster; yields how many trials with such needs run at once."""
    with cluster_at(machines.address, None, 1 if machines.gpu else 0) as workers:
        yield partial(at_once, workers)


def at_once(workers: int, machines: Machines) -> int:
    """How many trials find room, where the cluster has memory and CPUs for so many workers; it may grow for a first."""
    from emotion.cluster.growth import grow
    from emotion.distributed.cluster import room

    grow([machines.needs], lambda: room(machines.needs) > 0)
    there = min(room(machines.needs), workers)
    if not there:
        needs = " and ".join(f"{amount:g} {name}" for name, amount in machines.needs.items())
        raise JobError(f"A trial needs {needs} of one machine, which the cluster does not have; ask for less.")
    return min(there, machines.at_once or there)


def _expected(finals: Finals, trials: Sequence[Trial], places: int) -> str:
    """What is still to come, and how long it may take by what the same trials took."""
    chosen = {entrant.trial for entrant in finals.entrants}
    each = mean(trial.seconds for trial in trials if trial.number in chosen)
    minutes = max(1, round(each * len(finals) / min(places, len(finals)) / 60))
    return f"the final: {len(finals)} trainings, about {so_many(minutes, 'minute')}"


def _best(trials: Sequence[Trial]) -> Trial | None:
    return next(iter(best(trials)), None)


def _nothing(folder: SearchFolder) -> str:
    reasons = [trial.reason for trial in folder.trials.trials() if trial.reason]
    said = f"; the last said: {reasons[-1]}" if reasons else ""
    return f"No trial in {folder.trials.path} came to the end of an epoch{said}"
