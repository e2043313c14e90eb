"""A training from recipe to files, as `emotion.training.run` does it, with its epochs on a Ray cluster."""

import json

from emotion.distributed.cluster import joined, train_on
from emotion.distributed.options import Workers
from emotion.models import description as files
from emotion.models.bundle import Bundle
from emotion.training import run as alone
from emotion.training.outcome.seeds import seeded
from emotion.training.recipe import Recipe
from emotion.training.run import TrainingPlan
from emotion.training.trackers.numbers import run_of
from emotion.training.trackers.tracking import Tracking
from emotion.training.unfinished import Unfinished
from emotion.training.watcher import Several, Silence, Watcher


def run(plan: TrainingPlan, watcher: Watcher, workers: Workers) -> Bundle:
    """Train every seed on the cluster, then choose, keep and report as a training by one process does.

    Raises:
        EmotionError: the sentence says what stands in the way and what to do.
    """
    with Unfinished(plan.unfinished, plan.recipe, plan.root) as unfinished:
        missing = [recipe for recipe in seeded(plan.recipe, plan.seeds) if unfinished.bundle(recipe) is None]
        if missing:
            _train(plan, missing, unfinished, watcher, workers)
    return alone.run(plan, watcher if plan.report else Silence())  # to which nothing is left to be trained


def _train(
    plan: TrainingPlan, missing: list[Recipe], unfinished: Unfinished, watcher: Watcher, workers: Workers
) -> None:
    """Train these, one after the other, and keep their bundles with what is unfinished."""
    if unfinished.begun:
        watcher.note(f"going on with the training that was begun in {plan.unfinished}")
    meeting = plan.unfinished / "ray"
    with joined(workers, watcher):
        for recipe in missing:
            name = f"{recipe.name}, seed {recipe.seed}" if plan.seeds > 1 else recipe.name
            watcher.note(f"{name}: training by {workers}")
            with Tracking(plan.trackers, plan.track_to, run_of(recipe, name), watcher.note) as tracking:
                told = Several([watcher, tracking])
                bundle = train_on(workers, recipe, plan.root, unfinished.epochs(recipe), meeting, told)
                if plan.trackers:
                    tracking.finish(bundle.metrics, _documents(bundle))
            unfinished.keep(recipe, bundle)


def _documents(bundle: Bundle) -> dict[str, str]:
    """What trackers keep of a bundle."""
    return {files.CARD: bundle.card, files.METRICS: json.dumps(dict(bundle.metrics), indent=2)}
