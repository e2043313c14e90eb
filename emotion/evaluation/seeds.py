"""One recipe trained from several seeds: how much of a number is chance."""

from collections.abc import Sequence

import msgspec
import numpy as np

from emotion.errors import DataError
from emotion.evaluation.result import Evaluation, HeadEvaluation, Model, SetEvaluation


class Spread(msgspec.Struct, frozen=True):
    """A measure of each model, in their order; `std` is that of the population, divided by their number."""

    mean: float
    std: float
    values: tuple[float, ...]


class HeadSeeds(msgspec.Struct, frozen=True):
    """One head on one set, over all seeds; `baseline` is the same for all, as it does not depend on the seed."""

    set: str
    split: str | None
    head: str
    main: str
    rows: int
    measures: dict[str, Spread]
    f1: dict[str, Spread]  # by label
    baseline: dict[str, float] | None


class Seeds(msgspec.Struct, frozen=True):
    """Several models of one recipe on the same sets."""

    models: tuple[Model, ...]
    heads: tuple[HeadSeeds, ...]
    version: int = 1


def summarise(evaluations: Sequence[Evaluation]) -> Seeds:
    """Mean and spread of every measure over evaluations of the same sets; a DataError where their sets differ."""
    if not evaluations:
        raise DataError("There are no evaluations to summarise.")
    measured = [_measured(evaluation) for evaluation in evaluations]
    if any(found.keys() != measured[0].keys() for found in measured):
        raise DataError("The evaluations to summarise are of different sets or heads; measure all models alike.")
    models = tuple(evaluation.model for evaluation in evaluations)
    heads = [_head(of_set, [found[place][1] for found in measured]) for place, (of_set, _) in measured[0].items()]
    return Seeds(models, tuple(heads))


def spread(values: Sequence[float]) -> Spread:
    """Mean and population standard deviation."""
    return Spread(float(np.mean(values)), float(np.std(values)), tuple(values))


def _measured(evaluation: Evaluation) -> dict[tuple[str, str | None, str], tuple[SetEvaluation, HeadEvaluation]]:
    return {
        (of_set.name, of_set.split, head.head): (of_set, head) for of_set in evaluation.sets for head in of_set.heads
    }


def _head(of_set: SetEvaluation, heads: Sequence[HeadEvaluation]) -> HeadSeeds:
    first = heads[0]
    labels = [{one.label: one.f1.value for one in head.per_label} for head in heads]
    baseline = first.baseline
    return HeadSeeds(
        set=of_set.name,
        split=of_set.split,
        head=first.head,
        main=first.main,
        rows=first.rows,
        measures={name: spread([head.measures[name].value for head in heads]) for name in first.measures},
        f1={label: spread([found[label] for found in labels]) for label in labels[0]},
        baseline=None if baseline is None else {name: found.value for name, found in baseline.measures.items()},
    )
