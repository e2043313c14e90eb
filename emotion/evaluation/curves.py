"""ROC and precision-recall curves of each label, thin enough to draw."""

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.answers import Answers
from emotion.evaluation.metrics import Flags
from emotion.evaluation.result import Curve

POINTS = 200  # of a curve, at most

Points = NDArray[np.float64]


def curves(given: Answers) -> tuple[tuple[Curve, ...], tuple[Curve, ...]]:
    """ROC and precision-recall, a curve for each label that some rows carry and some do not."""
    scores = given.shares
    drawn = [
        (
            roc_curve(label, given.truth[:, i], scores[:, i]),
            precision_recall_curve(label, given.truth[:, i], scores[:, i]),
        )
        for i, label in enumerate(given.labels)
        if given.truth[:, i].any() and not given.truth[:, i].all()
    ]
    return tuple(roc for roc, _ in drawn), tuple(precision_recall for _, precision_recall in drawn)


def roc_curve(label: str, truth: Flags, scores: NDArray[np.float32]) -> Curve:
    """Rates (N,) of false and true positives over all thresholds, and the area: chance to rank a pair rightly."""
    from sklearn import metrics

    false, true, _ = metrics.roc_curve(truth, scores)
    return _curve(label, false, true, float(metrics.auc(false, true)))


def precision_recall_curve(label: str, truth: Flags, scores: NDArray[np.float32]) -> Curve:
    """Precision by recall over all thresholds; the area is in steps, not trapezia (Davis and Goadrich 2006)."""
    from sklearn import metrics

    precision, recall, _ = metrics.precision_recall_curve(truth, scores)
    return _curve(label, recall[::-1], precision[::-1], float(metrics.average_precision_score(truth, scores)))


def thinned(x: Points, y: Points, points: int) -> NDArray[np.int64]:
    """Index of at most so many points, at even steps along the curve's way in x and y; both ends stay."""
    if len(x) <= points:
        return np.arange(len(x))
    way = np.concatenate(([0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))))
    nearest = np.searchsorted(way, np.linspace(0, way[-1], points))
    return np.unique(np.concatenate(([0], nearest[1:-1], [len(x) - 1])))


def _curve(label: str, x: Points, y: Points, area: float) -> Curve:
    kept = thinned(x, y, POINTS)
    return Curve(label, tuple(x[kept].round(4).tolist()), tuple(y[kept].round(4).tolist()), area)
