"""What scores are worth on a labelled set."""

from collections.abc import Mapping, Sequence

import numpy as np

from emotion.evaluation import metrics
from emotion.evaluation.metrics import Numbers
from emotion.evaluation.thresholds import global_threshold
from emotion.models.config import HeadConfig
from emotion.sets.labelled import LabelledSet, Targets


def measures(heads: Sequence[HeadConfig], found: Mapping[str, Targets], rows: LabelledSet) -> Numbers:
    """What each head with scores here is worth on the set, by head; heads that share no labels with it are left out."""
    measured = {head.name: measure(head, found[head.name], rows) for head in heads if head.name in found}
    return {name: numbers for name, numbers in measured.items() if numbers is not None}


def measure(head: HeadConfig, found: Targets, rows: LabelledSet) -> Numbers | None:
    """One head on one set; None where they share fewer than two labels, or no row carries one of them.

    A single-label set is measured on the labels both know, by the best of them. A set with several labels a text is
    measured by Jaccard and F1 on a sigmoid head whose labels it all knows (with a head that has no thresholds, those
    of the best Jaccard on this very set), and by hits on any other.
    """
    labels = [label for label in head.labels if label in rows.labels]
    if len(labels) < 2:
        return None
    columns = [head.labels.index(label) for label in labels]
    truth = rows.targets[:, [rows.labels.index(label) for label in labels]] > 0
    if not truth.any():
        return None
    if head.kind == "sigmoid" and rows.multi and len(labels) == len(head.labels):
        cut = np.asarray(head.thresholds or global_threshold(found, truth), np.float32)
        return metrics.multi_label(truth, found >= cut, labels)
    if rows.multi:
        return metrics.hit(found[:, columns], truth)
    known = truth.any(axis=1)
    return metrics.single_label(truth[known].argmax(axis=1), found[known][:, columns].argmax(axis=1), labels)
