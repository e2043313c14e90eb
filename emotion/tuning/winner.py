"""The winner: the best values and the base recipe trained with several seeds; chosen on validation, tested once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emotion import code_version
from emotion.errors import DataError
from emotion.evaluation.evaluate import evaluate
from emotion.evaluation.known import held_sets
from emotion.evaluation.result import Evaluation
from emotion.evaluation.seeds import spread
from emotion.models.bundle import Bundle
from emotion.predictor import Predictor
from emotion.report.search.found import Candidate, Measured, SliceLine, Trial, best
from emotion.training.context import beside_files, context_of
from emotion.training.outcome.card import card
from emotion.training.outcome.finished import measured
from emotion.training.outcome.seeds import best_on_validation, summary
from emotion.training.prepare import prepare
from emotion.training.start import resolved, starting_bundle
from emotion.training.watcher import Silence
from emotion.tuning.folder import Round
from emotion.tuning.slices import BARE, heads_of, side_by_side
from emotion.tuning.space import Space, Values

BASE = "the base recipe"
MEASURES = ("accuracy", "macro_f1", "jaccard", "hit", "micro_f1")


@dataclass(frozen=True)
class Entrant:
    """Values that take part in the final: those of a trial, or of none, which is the base recipe."""

    trial: int | None
    values: Values

    @property
    def name(self) -> str:
        return BASE if self.trial is None else f"trial {self.trial}"


@dataclass(frozen=True)
class Proof:
    """What the test split says: of winner, base recipe and linear baseline, and of kinds of texts."""

    tested: tuple[Measured, ...]
    slices: tuple[SliceLine, ...]
    evaluation: Evaluation | None


def entrants(space: Space, trials: Sequence[Trial]) -> list[Entrant]:
    """The base recipe, then the best trials that differ in their values."""
    config = space.config.winner
    chosen: list[Entrant] = []
    for trial in best(trials, config.above):
        if len(chosen) < config.top and all(trial.values != other.values for other in chosen):
            chosen.append(Entrant(trial.number, trial.values))
    return [Entrant(None, {}), *chosen] if chosen else []


class Finals:
    """Each entrant with seeds that the search has not seen: number = entrant x seeds + seed."""

    def __init__(self, space: Space, taking_part: Sequence[Entrant]) -> None:
        self.entrants = list(taking_part)
        self._seeds = space.config.winner.seeds
        self._first = int(space.base.get("seed", 0)) + 1

    def __len__(self) -> int:
        return len(self.entrants) * self._seeds

    def seed(self, number: int) -> int:
        return self._first + number % self._seeds

    def propose(self, number: int) -> Values | None:
        return self.entrants[number // self._seeds].values if number < len(self) else None

    def adopt(self, number: int, values: Values) -> None:
        """Each has its place by number."""

    def tell(self, number: int, values: Values, scores: Sequence[float] | None, epochs: int, whole: bool) -> None:
        """Nothing is learnt from a final."""

    def fits(self, known: Sequence[Trial]) -> bool:
        """Whether these, from an earlier attempt, are of the same final."""
        return all(
            self.propose(trial.number) == trial.values and self.seed(trial.number) == trial.seed for trial in known
        )

    def candidates(self, known: Sequence[Trial]) -> list[Candidate]:
        """What all seeds of each entrant reached on validation; one of whose seeds one failed takes no part."""
        found = []
        for place, entrant in enumerate(self.entrants):
            runs = [trial for trial in known if trial.number // self._seeds == place]
            qualities = [trial.quality for trial in runs if trial.status == "finished" and trial.quality is not None]
            if len(qualities) == self._seeds:
                found.append(_candidate(entrant, runs, qualities))
        return found

    def numbers(self, candidate: Candidate) -> list[int]:
        """Numbers of the trials of a candidate."""
        place = [entrant.trial for entrant in self.entrants].index(candidate.trial)
        return list(range(place * self._seeds, (place + 1) * self._seeds))


def _candidate(entrant: Entrant, runs: Sequence[Trial], qualities: Sequence[float]) -> Candidate:
    over, top = spread(qualities), best(runs)[0]
    return Candidate(
        name=entrant.name,
        trial=entrant.trial,
        values=dict(entrant.values),
        qualities=over.values,
        mean=over.mean,
        std=over.std,
        speed=max((run.speed for run in runs if run.speed is not None), default=None),  # other work only slows
        size=top.size,
        model=top.model,
    )


def decided(candidates: Sequence[Candidate], above: float | None = None) -> Candidate | None:
    """The highest mean minus one standard deviation; of equals the base recipe, then the better trial.

    With `above`, of those of at least so many tweets a second; None where there is none.
    """
    able = [candidate for candidate in candidates if not above or (candidate.speed or 0) >= above]
    return max(able, key=lambda candidate: candidate.score, default=None)


def too_slow(candidates: Sequence[Candidate], winner: Candidate | None, above: float | None) -> str | None:
    """Who would have won without `above`, where that is another one."""
    best = decided(candidates)
    if best is None or best == winner or not above:
        return None
    told = f"{best.name} is the best, but takes {best.speed or 0:,.0f} tweets/s where {above:,.0f} are asked for"
    return told if winner else f"{told}; so nothing wins"


def bundles_of(space: Space, root: Path, round: Round, finals: Finals, candidate: Candidate) -> list[Bundle]:
    """Those of all seeds of a candidate, ready to predict."""
    recipe = space.recipe(candidate.values)
    return [beside_files(Bundle.load(round.of(number).bundle), recipe, root) for number in finals.numbers(candidate)]


def crowned(
    space: Space, root: Path, round: Round, finals: Finals, winner: Candidate, lineage: Mapping[str, object]
) -> Bundle:
    """The winner's bundle, the best of its seeds on validation, which tells of its seeds, its test and its origin."""
    bundles = bundles_of(space, root, round, finals, winner)
    kept = best_on_validation(bundles)
    recipe = space.recipe(winner.values, int(kept.metrics["recipe"]["seed"]))
    start = starting_bundle(recipe)
    recipe = resolved(recipe, start)
    prepared = prepare(recipe, root, Silence(), start, vectors=False).beside(context_of(kept))
    sets = measured(recipe, prepared, kept.classifier(), kept.heads)
    origin = dict(lineage) | {"data": prepared.fingerprint, "emotion": code_version()}
    metrics = dict(kept.metrics) | {"sets": sets, "seeds": summary(kept, bundles), "search": origin}
    return replace(kept, metrics=metrics, card=card(metrics))


def prove(space: Space, root: Path, winner: Bundle, base: Bundle | None, name: str) -> Proof:
    """Measure winner, of this name, and base recipe on the test splits, beside the linear baseline.

    Nothing is chosen any more. Where a set has no test split, the winner's own page tells of validation instead.
    """
    recipe = space.recipe({})
    try:
        held = held_sets(recipe.sets, root, recipe.renames)
    except DataError:
        return Proof((), (), None)
    evaluation = evaluate(Predictor(winner), held)
    lines = [Measured("winner", _measures(evaluation)), Measured("linear baseline", _baseline(evaluation))]
    measured = {name: evaluation}
    tests = [replace(one, train=None) for one in held if one.split == "test"]
    if base is not None and tests:
        measured[BASE] = evaluate(Predictor(base), tests, BARE)
        lines.insert(1, Measured(BASE, _measures(measured[BASE])))
    tested = [line for line in side_by_side(measured) if ".test." in line.place]
    return Proof(tuple(line for line in lines if line.measures), tuple(tested), evaluation)


def _measures(evaluation: Evaluation) -> dict[str, float]:
    return {
        f"{place}.{name}": head.measures[name].value
        for place, head in heads_of(evaluation, "test")
        for name in MEASURES
        if name in head.measures
    }


def _baseline(evaluation: Evaluation) -> dict[str, float]:
    return {
        f"{place}.{name}": head.baseline.measures[name].value
        for place, head in heads_of(evaluation, "test")
        if head.baseline is not None
        for name in MEASURES
        if name in head.baseline.measures
    }
