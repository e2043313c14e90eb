"""Numbers that say how good predictions are: accuracy, precision, recall, F1; Jaccard for several labels a text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.sets.labelled import Targets

Flags = NDArray[np.bool_]
Numbers = dict[str, Any]


def single_label(truth: NDArray[np.int64], guess: NDArray[np.int64], labels: Sequence[str]) -> Numbers:
    """Accuracy, F1 in its averages, and each label's precision, recall, F1 and support; label numbers (N,)."""
    from sklearn.metrics import accuracy_score

    return {"rows": len(truth), "accuracy": float(accuracy_score(truth, guess))} | _scores(truth, guess, labels)


def multi_label(truth: Flags, guess: Flags, labels: Sequence[str]) -> Numbers:
    """Jaccard, F1 in its averages, and each label's precision, recall, F1 and support; flags (N, L)."""
    return {"rows": len(truth), "jaccard": jaccard(truth, guess)} | _scores(truth, guess, labels)


def jaccard(truth: Flags, guess: Flags) -> float:
    """Mean over texts of |truth and guess| / |truth or guess|, 1 where both are empty (SemEval-2018 task 1)."""
    either = (truth | guess).sum(axis=1)
    both = (truth & guess).sum(axis=1)
    return float(np.where(either == 0, 1.0, both / np.maximum(either, 1)).mean())


def hit(scores: Targets, truth: Flags) -> Numbers:
    """Share of texts (those with a label) whose best-scored label is one of theirs; both (N, L)."""
    labelled = truth.any(axis=1)
    best = scores[labelled].argmax(axis=1)
    return {"rows": int(labelled.sum()), "hit": float(truth[labelled][np.arange(len(best)), best].mean())}


def _scores(truth: NDArray[Any], guess: NDArray[Any], labels: Sequence[str]) -> Numbers:
    from sklearn.metrics import f1_score, precision_recall_fscore_support

    index = np.arange(len(labels))
    options = {"labels": index, "zero_division": 0}
    columns = [column.tolist() for column in precision_recall_fscore_support(truth, guess, **options)]
    average = {
        f"{way}_f1": float(f1_score(truth, guess, average=way, **options)) for way in ("macro", "micro", "weighted")
    }
    names = ("precision", "recall", "f1", "support")
    return average | {
        "labels": {
            label: dict(zip(names, row, strict=True))
            for label, row in zip(labels, zip(*columns, strict=True), strict=True)
        }
    }
