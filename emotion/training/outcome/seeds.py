"""One recipe with several seeds: what the seeds make of it on average, and the model that validation chooses."""

from collections.abc import Sequence
from dataclasses import replace

from emotion.errors import ConfigError
from emotion.evaluation.metrics import Numbers
from emotion.evaluation.seeds import spread
from emotion.models.bundle import Bundle
from emotion.training.loop.history import selected
from emotion.training.outcome.card import card
from emotion.training.outcome.in_words import of_heads
from emotion.training.recipe import Recipe

_SEEDS = 2**31  # as many as a recipe allows


def seeded(recipe: Recipe, count: int) -> list[Recipe]:
    """The recipe with its own seed and the `count` - 1 that follow."""
    if recipe.seed + count > _SEEDS:
        raise ConfigError(f"seed: {recipe.seed} and {count - 1} more go past {_SEEDS - 1}; begin with a smaller one.")
    return [recipe.model_copy(update={"seed": recipe.seed + number}) for number in range(count)]


def best_on_validation(bundles: Sequence[Bundle]) -> Bundle:
    """The bundle with the best `select` of the epoch that it keeps; of equals the first. No test split is looked at."""
    return max(bundles, key=lambda bundle: selected(bundle.metrics))


def with_seeds(kept: Bundle, bundles: Sequence[Bundle]) -> Bundle:
    """The bundle kept, which says in metrics and card what all of them are worth; its id stays."""
    metrics = dict(kept.metrics) | {"seeds": summary(kept, bundles)}
    return replace(kept, metrics=metrics, card=card(metrics))


def said_by(recipe: Recipe, bundle: Bundle) -> Bundle:
    """The bundle with the limits and terms of the recipe, which may have been written anew; its id stays."""
    limits = {"limits": list(recipe.limits)}
    metrics = dict(bundle.metrics) | {"recipe": bundle.metrics["recipe"] | limits}
    return replace(bundle, metrics=metrics, card=card(metrics), license=recipe.license.rstrip() + "\n")


def summary(kept: Bundle, bundles: Sequence[Bundle]) -> Numbers:
    """Each seed's measures, and their mean and standard deviation, by set, split, head and measure.

    The deviation is that of the population, as in `emotion.evaluation.seeds`: divided by the number of seeds.
    """
    runs = [_run(bundle) for bundle in bundles]
    table: Numbers = {}
    for (name, split, head, measure), values in _gathered(runs).items():
        found = table.setdefault(name, {}).setdefault(split, {}).setdefault(head, {})
        over = spread(values)
        found[measure] = {"mean": over.mean, "std": over.std}
    return {"kept": kept.metrics["recipe"]["seed"], "runs": runs, "spread": table}


def _run(bundle: Bundle) -> Numbers:
    metrics = bundle.metrics
    sets: Numbers = {}
    for name, split, head, measures in of_heads(metrics["sets"]):
        shown = {measure: value for measure, value in measures.items() if isinstance(value, float)}
        sets.setdefault(name, {}).setdefault(split, {})[head] = shown
    return {"seed": metrics["recipe"]["seed"], "id": bundle.id, "select": selected(metrics), "sets": sets}


def _gathered(runs: Sequence[Numbers]) -> dict[tuple[str, str, str, str], list[float]]:
    """The values of all runs, by set, split, head and measure; a measure that not all runs have is left out."""
    values: dict[tuple[str, str, str, str], list[float]] = {}
    for run in runs:
        for name, split, head, measures in of_heads(run["sets"]):
            for measure, value in measures.items():
                values.setdefault((name, split, head, measure), []).append(value)
    return {place: found for place, found in values.items() if len(found) == len(runs) > 1}
