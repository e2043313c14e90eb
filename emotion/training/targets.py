"""How the labels of a set teach a head: renamed, masked, shared, or as a teacher's soft targets."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from emotion.models.config import HeadConfig
from emotion.sets.labelled import LabelledSet, Targets


class TeachConfig(BaseModel):
    """How one set teaches one head.

    `map` renames labels of the set for this head; several may become one. Without it too, a label named `HEAD.LABEL` is
    that head's LABEL, as in the scores that `emotion distil` writes. `labels` says of which labels of a sigmoid
    head a row tells: of all, where the set knows them `all`; of those that the set has `known`; or only of the
    `positive` ones that the row carries, as one label a text says nothing of the others. `empty` names labels of the
    set (neutral, say) whose rows teach a sigmoid head that none of its labels is there. `weight` multiplies the loss.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    map: dict[str, str] = {}
    labels: Literal["all", "known", "positive"] = "all"
    empty: tuple[str, ...] = ()
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)


AS_IT_IS = TeachConfig()


def read_by(head: HeadConfig, rows: LabelledSet, teach: TeachConfig = AS_IT_IS) -> LabelledSet:
    """The rows under the labels that a head knows them by: a label named `HEAD.LABEL` is that head's LABEL."""
    names = {f"{head.name}.{label}": label for label in head.labels} | teach.map
    return rows.renamed(names) if names.keys() & set(rows.labels) else rows


def head_targets(head: HeadConfig, rows: LabelledSet, teach: TeachConfig = AS_IT_IS) -> tuple[Targets, Targets]:
    """Targets (N, L) of a head, and the weight of each row (N,), or of each label of it (N, L); 0 masks.

    Targets in between 0 and 1 are a teacher's. A softmax head takes the row's labels in equal shares, or by their
    probabilities, and leaves out rows with none of its own; so does a binary head, but for a set with several labels a
    text that knows its second label alone, whose 0 then speaks for the first. A sigmoid head takes them as they are.
    """
    known = read_by(head, rows, teach)
    targets = _columns(head, known)
    if head.kind == "sigmoid":
        weights = _told(head, known, targets, teach.labels)
        nothing = np.logical_or.reduce([rows.carrying(label) for label in teach.empty] or [np.zeros(len(rows), bool)])
        targets[nothing], weights[nothing] = 0, 1
    else:
        targets, weights = _shares(head, known, targets)
    return targets, weights * np.float32(teach.weight)


def _columns(head: HeadConfig, rows: LabelledSet) -> Targets:
    """Targets (N, L) in the order of the head's labels, 0 for those that the set does not know."""
    targets = np.zeros((len(rows), len(head.labels)), np.float32)
    for column, label in enumerate(head.labels):
        if label in rows.labels:
            targets[:, column] = rows.targets[:, rows.labels.index(label)]
    return targets


def _told(head: HeadConfig, rows: LabelledSet, targets: Targets, labels: str) -> Targets:
    known: NDArray[np.bool_] = np.array([label in rows.labels for label in head.labels])
    if labels == "positive":
        return (targets > 0).astype(np.float32)
    if labels == "known":
        return np.broadcast_to(known, targets.shape).astype(np.float32)
    return np.full(len(rows), known.all(), np.float32)


def _shares(head: HeadConfig, rows: LabelledSet, targets: Targets) -> tuple[Targets, Targets]:
    """Targets that sum to 1 a row, and 1 for the rows (N,) that have any."""
    if head.kind == "binary" and rows.multi and head.labels[1] in rows.labels and head.labels[0] not in rows.labels:
        targets[:, 0] = 1 - targets[:, 1]
    total = targets.sum(axis=1, keepdims=True)
    has = (total > 0).astype(np.float32)
    return targets / (total + (1 - has)), has[:, 0]
