"""Kinds of texts (short ones, with emoji, with negation, ...): what models are worth on each, side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from emotion.errors import DataError
from emotion.evaluation.bootstrap import Resampling
from emotion.evaluation.evaluate import Depth, evaluate
from emotion.evaluation.known import held_sets
from emotion.evaluation.result import Evaluation, HeadEvaluation
from emotion.models.bundle import Bundle
from emotion.predictor import Predictor
from emotion.report.search.found import SliceLine
from emotion.tuning.space import Space

BARE = Depth(Resampling(0), errors=0)  # neither intervals nor errors


def on_validation(space: Space, root: Path, bundles: Mapping[str, Bundle]) -> tuple[SliceLine, ...]:
    """The bundles, by name, on the validation splits."""
    recipe = space.recipe({})
    try:
        held = [replace(one, train=None) for one in held_sets(recipe.sets, root, recipe.renames, "validation")]
    except DataError:
        return ()
    return side_by_side({name: evaluate(Predictor(bundle), held, BARE) for name, bundle in bundles.items()})


def side_by_side(evaluations: Mapping[str, Evaluation]) -> tuple[SliceLine, ...]:
    """Each kind with the main measure of each model; what words are unknown, and so some counts, are of the first."""
    found: dict[tuple[str, str], SliceLine] = {}
    for name, evaluation in evaluations.items():
        for place, head in heads_of(evaluation):
            for one in head.slices:
                if head.main in one.measures:
                    key = f"{place}.{head.main}", one.name
                    line = found.setdefault(key, SliceLine(*key, one.rows, {}))
                    line.values[name] = one.measures[head.main].value
    return tuple(found.values())


def heads_of(evaluation: Evaluation, split: str | None = None) -> Iterator[tuple[str, HeadEvaluation]]:
    """Heads by set, split and head; with `split`, those of that split alone."""
    for each in evaluation.sets:
        for head in each.heads if split in (None, each.split) else ():
            yield f"{each.name}.{each.split or 'file'}.{head.head}", head
