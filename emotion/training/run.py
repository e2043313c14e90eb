"""A training from recipe to files: each seed in turn, trackers beside it, and what is needed to go on after a kill."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion.models import description as files
from emotion.models.bundle import Bundle
from emotion.stores.files import write_whole
from emotion.training.outcome.seeds import best_on_validation, seeded, with_seeds
from emotion.training.recipe import Recipe
from emotion.training.trackers.numbers import run_of
from emotion.training.trackers.tracking import Tracking
from emotion.training.trainer import train
from emotion.training.unfinished import Unfinished
from emotion.training.watcher import Several, Watcher


@dataclass(frozen=True)
class TrainingPlan:
    """What is to be trained, and where it goes: the bundle to `to`, if anywhere, and to `unfinished` what is not done.

    `report` puts a page beside the bundle; `trackers` are told of every seed.
    """

    recipe: Recipe
    root: Path
    unfinished: Path
    to: Path | None = None
    seeds: int = 1
    device: str = "cpu"
    trackers: tuple[str, ...] = ()
    track_to: Path = Path("tracking")
    report: bool = False


def run(plan: TrainingPlan, watcher: Watcher) -> Bundle:
    """Train every seed, and keep the bundle that validation chooses.

    The same call after a kill goes on after the last whole epoch, to the same bundle. A training that is broken off
    leaves `unfinished`, if there is anything to go on from.
    """
    with Unfinished(plan.unfinished, plan.recipe, plan.root) as unfinished:
        if unfinished.begun:
            watcher.note(f"going on with the training that was begun in {plan.unfinished}")
        bundle = _Run(plan, watcher, unfinished).bundle()
        unfinished.done()
    return bundle


class _Run:
    """A plan as it is carried out."""

    def __init__(self, plan: TrainingPlan, watcher: Watcher, unfinished: Unfinished) -> None:
        self._plan, self._watcher, self._unfinished = plan, watcher, unfinished
        self._pages: dict[str, str] = {}  # by file name, once they are made

    def bundle(self) -> Bundle:
        bundles = [self._of_seed(recipe) for recipe in seeded(self._plan.recipe, self._plan.seeds)]
        bundle = best_on_validation(bundles)
        if self._plan.seeds > 1:
            bundle = with_seeds(bundle, bundles)
        if self._plan.to is not None:
            to, pages = self._plan.to.resolve(), self._report(bundle, bundles)
            bundle.save(to)
            for name, text in pages.items():
                write_whole(to / name, text.encode())
        return bundle

    def _of_seed(self, recipe: Recipe) -> Bundle:
        """The bundle of one seed: as it was made before, or made now."""
        several = self._plan.seeds > 1
        if several:
            number = recipe.seed - self._plan.recipe.seed + 1
            self._watcher.note(f"seed {recipe.seed}, {number} of {self._plan.seeds}")
        made = self._unfinished.bundle(recipe)
        if made is not None:
            self._watcher.note(f"seed {recipe.seed} is trained")
            return made
        bundle = self._trained(recipe, f"{recipe.name}, seed {recipe.seed}" if several else recipe.name)
        self._unfinished.keep(recipe, bundle)
        return bundle

    def _trained(self, recipe: Recipe, name: str) -> Bundle:
        plan, watcher = self._plan, self._watcher
        with Tracking(plan.trackers, plan.track_to, run_of(recipe, name), watcher.note) as tracking:
            bundle = train(
                recipe,
                plan.root,
                Several([watcher, tracking]),
                checkpoints=self._unfinished.epochs(recipe),
                device=plan.device,
            )
            if plan.trackers:
                tracking.finish(bundle.metrics, self._documents(bundle))
        return bundle

    def _documents(self, bundle: Bundle) -> dict[str, str]:
        """What trackers keep of a bundle; of several seeds only the one kept has a report, and that comes later."""
        report = self._report(bundle, [bundle]) if self._plan.seeds == 1 else {}
        return {files.CARD: bundle.card, files.METRICS: json.dumps(dict(bundle.metrics), indent=2)} | report

    def _report(self, bundle: Bundle, bundles: Sequence[Bundle]) -> dict[str, str]:
        """The pages about the bundle by file name, where they are wanted."""
        if self._plan.report and not self._pages:
            from emotion.training.outcome.worth import worth

            self._watcher.note("measuring for the report")
            self._pages = worth(bundle, self._plan.recipe, self._plan.root, bundles, self._watcher.note)
        return self._pages
