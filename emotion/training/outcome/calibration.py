"""What is chosen on validation once the weights are final: thresholds, ambiguity, where feeling begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emotion.errors import ConfigError
from emotion.evaluation.answers import truth_of
from emotion.evaluation.metrics import Flags, Numbers
from emotion.evaluation.thresholds import ambiguity_margin, felt_threshold, global_threshold, label_thresholds
from emotion.models.config import Felt, HeadConfig, felt_head, primary_head
from emotion.models.scores import feeling, summing_to_1
from emotion.sets.labelled import LabelledSet, Targets
from emotion.training.recipe import CalibrationConfig, FeltConfig, Recipe


@dataclass(frozen=True)
class Scored:
    """A validation split with the scores (N, L) of each head that may look at it.

    `views` holds the rows as a head reads them, where that is not as their labels stand.
    """

    rows: LabelledSet
    scores: dict[str, Targets]
    views: Mapping[str, LabelledSet] = field(default_factory=dict)

    def read_by(self, head: HeadConfig) -> LabelledSet:
        """The rows under the labels that a head knows them by."""
        return self.views.get(head.name, self.rows)


@dataclass(frozen=True)
class Calibrated:
    """The heads of a bundle with their thresholds, its margin and felt settings, and the numbers behind them."""

    heads: tuple[HeadConfig, ...]
    margin: float
    felt: Felt
    numbers: Numbers


def calibrate(recipe: Recipe, validation: Mapping[str, Scored]) -> Calibrated:
    """Choose on the validation splits, by set; a head without a split that knows all its labels stays as it is."""
    heads = tuple(_with_thresholds(head, list(validation.values()), recipe.calibration) for head in recipe.heads)
    accuracy = recipe.calibration.ambiguous_accuracy
    margin, unsure = ambiguity(primary_head(heads), list(validation.values()), accuracy)
    felt, feeling = (Felt(), {}) if recipe.felt is None else _felt(recipe.felt, heads, validation)
    thresholds = {head.name: list(head.thresholds) for head in heads if head.thresholds}
    return Calibrated(heads, margin, felt, {"thresholds": thresholds, "ambiguity": unsure, "felt": feeling})


def _with_thresholds(head: HeadConfig, validation: Sequence[Scored], config: CalibrationConfig) -> HeadConfig:
    usable = [
        split
        for split in validation
        if head.name in split.scores and set(head.labels) <= set(split.read_by(head).labels)
    ]
    if head.kind != "sigmoid" or head.thresholds or not usable:
        return head
    found = np.concatenate([split.scores[head.name] for split in usable])
    truth = np.concatenate([truth_of(head.labels, split.read_by(head)) for split in usable])
    return head.model_copy(update={"thresholds": cuts(found, truth, config.thresholds)})


def cuts(found: Targets, truth: Flags, thresholds: Literal["global", "label"]) -> tuple[float, ...]:
    """A threshold a label: one for all with the best Jaccard, or each with the best F1."""
    if thresholds == "label":
        return tuple(label_thresholds(found, truth))
    return (global_threshold(found, truth),) * int(found.shape[1])


def ambiguity(head: HeadConfig, validation: Sequence[Scored], accuracy: float) -> tuple[float, Numbers]:
    """The margin below which the best label of a primary head is right at most so often, and the numbers behind it."""
    found, right = [], []
    for split in validation:
        if head.name in split.scores:
            truth = truth_of(head.labels, split.read_by(head))
            labelled = truth.any(axis=1)
            found.append(summing_to_1(head, split.scores[head.name][labelled]))
            right.append(truth[labelled][np.arange(int(labelled.sum())), found[-1].argmax(axis=1)])
    if not any(map(len, right)):
        return 0.0, {}
    rows, hits = np.concatenate(found), np.concatenate(right)
    margin = ambiguity_margin(rows, hits, accuracy)
    top = np.sort(rows, axis=1)
    below = top[:, -1] - top[:, -2] < margin
    shares = {
        "rows": len(rows),
        "ambiguous": float(below.mean()),
        "right_clear": _mean(hits[~below]),
        "right_ambiguous": _mean(hits[below]),
    }
    return margin, {"margin": margin} | shares


def _felt(config: FeltConfig, heads: Sequence[HeadConfig], validation: Mapping[str, Scored]) -> tuple[Felt, Numbers]:
    """Settings, and the shares of emotional, neutral and other texts that come out felt."""
    head = felt_head(heads, Felt(head=config.head))
    emotional, mixed = validation[config.emotional], validation[config.neutral]
    for name, split in ((config.emotional, emotional), (config.neutral, mixed)):
        if head.name not in split.scores or not split.rows.targets.any():
            raise ConfigError(f"felt: the set {name!r} has no labelled rows for the head {head.name!r}.")
    marked = feeling(head, emotional.scores[head.name])[emotional_rows(head, emotional.read_by(head))]
    quiet = mixed.rows.carrying(config.neutral_label)
    others = feeling(head, mixed.scores[head.name])
    threshold = felt_threshold(marked, config.keep)
    numbers = {
        "head": head.name,
        "threshold": threshold,
        "emotional": _share(marked, threshold),
        "neutral": _share(others[quiet], threshold),
        "not_neutral": _share(others[~quiet], threshold),
        "auc": _auc(marked, others[quiet]),
        "auc_within": _auc(others[~quiet], others[quiet]),
    }
    return Felt(head=config.head, threshold=threshold), numbers


def emotional_rows(head: HeadConfig, rows: LabelledSet) -> NDArray[np.bool_]:
    """Rows (N,) with a label; for a binary head whose second label they know, those that carry it."""
    if head.kind == "binary" and head.labels[1] in rows.labels:
        return rows.carrying(head.labels[1])
    return np.asarray(rows.flags.any(axis=1))


def _share(scores: NDArray[np.float32], threshold: float) -> Numbers:
    return {"rows": len(scores), "felt": _mean(scores >= np.float32(threshold))}


def _auc(positive: NDArray[np.float32], negative: NDArray[np.float32]) -> float | None:
    """Chance that a positive text scores above a negative one; None where there is none of either."""
    from sklearn.metrics import roc_auc_score

    if not len(positive) or not len(negative):
        return None
    truth = np.repeat([1, 0], [len(positive), len(negative)])
    return float(roc_auc_score(truth, np.concatenate((positive, negative))))


def _mean(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else 0.0
