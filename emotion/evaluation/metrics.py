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
    return {"rows": len(truth), "accuracy": float((truth == guess).mean())} | _scores(truth, guess, labels)


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
    """All of them by one count, as each that scikit-learn makes looks through truth and guess again.

    Macro means are over the labels that some text carries.
    """
    from sklearn.metrics import multilabel_confusion_matrix

    counts = multilabel_confusion_matrix(truth, guess, labels=np.arange(len(labels)))
    right, missed, wrong = counts[:, 1, 1], counts[:, 1, 0], counts[:, 0, 1]
    support, f1 = right + missed, _ratio(2 * right, 2 * right + missed + wrong)
    columns = {
        "precision": _ratio(right, right + wrong),
        "recall": _ratio(right, support),
        "f1": f1,
        "support": support,
    }
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return {
        "macro_f1": float(f1[support > 0].mean()) if support.any() else 0.0,
        "micro_f1": float(_ratio(2 * right.sum(), (2 * right + missed + wrong).sum())),
        "weighted_f1": float(_ratio((f1 * support).sum(), support.sum())),
        "labels": {label: dict(zip(columns, row, strict=True)) for label, row in zip(labels, rows, strict=True)},
    }


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    """Parts of wholes, 0 of nothing."""
    return np.asarray(part / np.maximum(whole, 1), np.float64)
