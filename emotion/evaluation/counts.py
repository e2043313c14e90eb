"""Measures from counts: one formula for the whole set, for slices and for a thousand resamples at once.

Every measure here follows from sums over rows, so that resamples of the rows are resamples of the sums. A row's
features are, for each of L labels, whether it was found, guessed and carried, then whether the row is right as a
whole, and its Jaccard index: F = 3 L + 2.
"""

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.answers import Answers
from emotion.evaluation.metrics import Flags
from emotion.evaluation.result import Task

Sums = NDArray[np.float64]

SENTIMENTS = frozenset(("negative", "neutral", "positive"))
_AVERAGES = ("macro", "micro", "weighted")
_SHARES = ("precision", "recall", "f1")


def main_measure(task: Task, labels: tuple[str, ...]) -> str:
    """The measure to name first, as the shared tasks rank by it; macro-recall for sentiment (Rosenthal et al. 2017)."""
    if task == "single":
        return "macro_recall" if SENTIMENTS.issuperset(labels) else "macro_f1"
    return "jaccard" if task == "multi" else "hit"


def measure_names(task: Task) -> tuple[str, ...]:
    """The measures of a task, in the order in which people read them."""
    if task == "hit":
        return ("hit",)
    shares = tuple(f"{average}_{share}" for average in _AVERAGES for share in reversed(_SHARES))
    return (("accuracy",) if task == "single" else ("jaccard", "exact")) + shares


def features(given: Answers) -> Sums:
    """Features (N, F) of the rows."""
    found = given.truth & given.guess
    either = (given.truth | given.guess).sum(axis=1)
    jaccard = np.where(either == 0, 1.0, found.sum(axis=1) / np.maximum(either, 1))
    parts = (found, given.guess, given.truth, given.right[:, None], jaccard[:, None])
    return np.concatenate(parts, axis=1).astype(np.float64)


def measured(task: Task, sums: Sums, rows: int, present: Flags) -> dict[str, Sums]:
    """Each measure (...) of sums (..., F) over so many rows; macro means are over labels `present` (L,)."""
    right, jaccard = sums[..., -2] / rows, sums[..., -1] / rows
    if task == "hit":
        return {"hit": right}
    found, guessed, carried = _thirds(sums)
    shares = label_shares(sums)
    numbers = {"accuracy": right} if task == "single" else {"jaccard": jaccard, "exact": right}
    together = _shares(found.sum(axis=-1), guessed.sum(axis=-1), carried.sum(axis=-1))
    total = np.maximum(carried.sum(axis=-1), 1)
    for name in reversed(_SHARES):
        numbers[f"macro_{name}"] = shares[name][..., present].mean(axis=-1)
        numbers[f"micro_{name}"] = together[name]
        numbers[f"weighted_{name}"] = (shares[name] * carried).sum(axis=-1) / total
    return {name: numbers[name] for name in measure_names(task)}


def label_shares(sums: Sums) -> dict[str, Sums]:
    """Precision, recall and F1 (..., L) of each label; 0 where nothing was guessed or carried."""
    return _shares(*_thirds(sums))


def label_counts(sums: Sums) -> tuple[list[int], list[int], list[int]]:
    """Of each label the rows where it was found, guessed and carried; sums (F,)."""
    found, guessed, carried = ([int(count) for count in third] for third in _thirds(sums))
    return found, guessed, carried


def _shares(found: Sums, guessed: Sums, carried: Sums) -> dict[str, Sums]:
    return {
        "precision": found / np.maximum(guessed, 1),
        "recall": found / np.maximum(carried, 1),
        "f1": 2 * found / np.maximum(guessed + carried, 1),
    }


def _thirds(sums: Sums) -> tuple[Sums, Sums, Sums]:
    found, guessed, carried = np.split(sums[..., :-2], 3, axis=-1)
    return found, guessed, carried
