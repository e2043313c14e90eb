"""How sure a measure is: bootstrap intervals (Efron and Tibshirani 1993), paired where two models are compared.

Rows with the same truth and the same answers are one pattern, and a resample of the rows is a multinomial draw of how
often each pattern comes: the same distribution, and a matrix product instead of a loop.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.answers import Answers
from emotion.evaluation.counts import Sums, features, label_counts, label_shares, measured
from emotion.evaluation.metrics import Flags
from emotion.evaluation.result import Estimate, LabelNumbers

LEVEL = 0.95
_DRAWN = 1 << 22  # numbers drawn at a time


@dataclass(frozen=True)
class Resampling:
    """How often rows are drawn again, and from which seed; 0 resamples give no intervals."""

    resamples: int = 1000
    seed: int = 0


@dataclass(frozen=True)
class Side:
    """One model on the rows: its measures and labels with their intervals, and the samples behind the measures."""

    measures: dict[str, Estimate]
    per_label: tuple[LabelNumbers, ...]
    samples: dict[str, Sums]  # each (B,)
    label_samples: Sums  # of F1, (B, L)


def sides(models: tuple[Answers, ...], how: Resampling) -> tuple[Side, ...]:
    """Each model's measures, all on the same resamples of the same rows.

    Macro means are over the labels that some row carries.
    """
    every = [features(given) for given in models]
    present = np.asarray(models[0].truth.any(axis=0))
    weights = np.concatenate(every, axis=1)
    drawn = np.split(resampled(weights, how), len(models), axis=1)
    return tuple(
        _side(given, of_rows.sum(axis=0), sums, present)
        for given, of_rows, sums in zip(models, every, drawn, strict=True)
    )


def differences(first: Side, second: Side) -> dict[str, Estimate]:
    """The first model's measures less the second's, with paired intervals."""
    return {
        name: estimate(mine.value - second.measures[name].value, first.samples[name] - second.samples[name])
        for name, mine in first.measures.items()
    }


def label_differences(first: Side, second: Side) -> tuple[Estimate, ...]:
    """The first model's F1 less the second's, of each label."""
    samples = first.label_samples - second.label_samples
    pairs = zip(first.per_label, second.per_label, strict=True)
    return tuple(estimate(mine.f1.value - other.f1.value, samples[:, i]) for i, (mine, other) in enumerate(pairs))


def resampled(rows: Sums, how: Resampling) -> Sums:
    """Sums (B, F) of features (N, F) over N rows drawn with replacement."""
    patterns, counts = np.unique(rows, axis=0, return_counts=True)
    random = np.random.default_rng(how.seed)
    block = max(1, _DRAWN // len(patterns))
    sizes = [min(block, how.resamples - start) for start in range(0, how.resamples, block)]
    parts = [random.multinomial(len(rows), counts / len(rows), size) @ patterns for size in sizes]
    return np.concatenate([np.zeros((0, rows.shape[1])), *parts])


def estimate(value: float, samples: NDArray[np.float64]) -> Estimate:
    """A number with the percentile interval of its samples; without samples, without an interval."""
    if not len(samples):
        return Estimate(float(value))
    low, high = np.quantile(samples, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Estimate(float(value), float(low), float(high))


def _side(given: Answers, sums: Sums, drawn: Sums, present: Flags) -> Side:
    numbers = measured(given.task, sums, len(given), present)
    samples = measured(given.task, drawn, len(given), present)
    estimates = {name: estimate(float(value), samples[name]) for name, value in numbers.items()}
    f1 = label_shares(drawn)["f1"]
    told = given.task != "hit" or given.counted
    return Side(estimates, _per_label(given, sums, f1) if told else (), samples, f1)


def _per_label(given: Answers, sums: Sums, f1: Sums) -> tuple[LabelNumbers, ...]:
    shares = label_shares(sums)
    hits, guesses, support = label_counts(sums)
    return tuple(
        LabelNumbers(
            label=label,
            precision=float(shares["precision"][i]),
            recall=float(shares["recall"][i]),
            f1=estimate(float(shares["f1"][i]), f1[:, i]),
            support=support[i],
            guesses=guesses[i],
            hits=hits[i],
        )
        for i, label in enumerate(given.labels)
    )
