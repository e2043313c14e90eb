"""What a new bundle is worth on the held-out splits of its recipe, as a page and as numbers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from emotion.evaluation.bootstrap import Resampling
from emotion.evaluation.evaluate import Depth, evaluate
from emotion.evaluation.held import Held
from emotion.evaluation.known import held_sets
from emotion.evaluation.result import Evaluation, dump
from emotion.evaluation.seeds import Seeds, summarise
from emotion.models.bundle import Bundle
from emotion.predictor import Predictor
from emotion.report.evaluation import Training, page
from emotion.training.recipe import Recipe

PAGE, NUMBERS = "report.html", "evaluation.json"

_BARE = Depth(Resampling(0), errors=0)  # of each seed its measures alone are shown


def worth(
    bundle: Bundle, recipe: Recipe, root: Path, seeds: Sequence[Bundle], note: Callable[[str], None]
) -> dict[str, str]:
    """By file name the page about the bundle and the numbers behind it; `seeds` are the bundles of all seeds.

    Raises:
        DataError: no set of the recipe has a validation or test split.
    """
    sets = held_sets(recipe.sets, root, recipe.renames)
    evaluation = evaluate(Predictor(bundle), sets, Depth(), note)
    training = Training(bundle.metrics, seeds=_spread(seeds, sets) if len(seeds) > 1 else None)
    return {PAGE: page(evaluation, training), NUMBERS: dump(evaluation).decode()}


def _spread(seeds: Sequence[Bundle], sets: Sequence[Held]) -> Seeds:
    """The measures of all seeds; the linear baseline, which knows no seed, is left to the one evaluation."""
    bare = [replace(held, train=None) for held in sets]
    evaluations: list[Evaluation] = [evaluate(Predictor(bundle), bare, _BARE) for bundle in seeds]
    return summarise(evaluations)
