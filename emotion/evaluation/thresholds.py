"""What is chosen on validation after training: thresholds, the margin of ambiguity, and where feeling begins."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.metrics import Flags, jaccard
from emotion.sets.labelled import Targets

GRID = np.arange(0.05, 0.951, 0.01)


def global_threshold(scores: Targets, truth: Flags) -> float:
    """The one threshold with the best Jaccard; of equals, the lowest."""
    return _best(lambda threshold: jaccard(truth, scores >= threshold))


def label_thresholds(scores: Targets, truth: Flags) -> list[float]:
    """For each label the threshold with the best F1: better macro-F1 than a global one, at the price of Jaccard.

    A label that no row carries has none that is better than another, and gets 0.5.
    """
    return [
        _best(partial(_f1_above, carried, given)) if carried.any() else 0.5
        for carried, given in zip(truth.T, scores.T, strict=True)
    ]


def ambiguity_margin(scores: Targets, right: Flags, accuracy: float) -> float:
    """The widest margin of best minus second score below which the best label is right at most so often.

    `right` (N,) tells where the best label is right. At most 0.5, in steps of 0.01; 0 where no margin is wide enough.
    """
    top = np.sort(scores, axis=1)
    margins = top[:, -1] - top[:, -2]
    wide = [
        float(at)
        for at in np.arange(0.01, 0.501, 0.01)
        if (margins < at).any() and right[margins < at].mean() <= accuracy
    ]
    return round(max(wide, default=0.0), 2)


def felt_threshold(emotional: NDArray[np.float32], keep: float) -> float:
    """The quantile `1 - keep` of the scores of emotional texts (N,), between two scores the lower.

    No smaller share than `keep` of them is felt; with few texts a higher score may do that too.
    """
    return float(np.quantile(emotional, 1 - keep, method="lower"))


def counting_threshold(emotional: NDArray[np.float32], quiet: NDArray[np.float32]) -> float:
    """The threshold by which as many texts are not felt as there are quiet ones, by scores (N,) and (M,).

    So a share counted on texts like these is right on the whole; as many are wrongly felt as are wrongly not.
    """
    return float(np.clip(np.sort(np.concatenate((emotional, quiet)))[len(quiet)], 0, 1))


def _best(quality: Callable[[float], float]) -> float:
    return round(float(max(GRID, key=lambda at: (quality(float(at)), -at))), 2)


def _f1_above(truth: Flags, scores: Targets, threshold: float) -> float:
    guess = scores >= threshold
    return float(2 * (truth & guess).sum() / max(int(truth.sum() + guess.sum()), 1))
