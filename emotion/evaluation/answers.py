"""What one head says of the rows that it can be measured on: the ground under every measure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.metrics import Flags
from emotion.evaluation.result import Skipped, Task
from emotion.models.config import HeadConfig
from emotion.sets.labelled import LabelledSet, Targets


@dataclass(frozen=True)
class Answers:
    """N rows over the L labels that a head and a set share; each guess of `single` and `hit` is one label.

    `counted` are the answers of `emotion.evaluation.counted`, whose last label is `none`.
    """

    task: Task
    labels: tuple[str, ...]
    rows: NDArray[np.int64]  # (N,) row of the set
    truth: Flags  # (N, L)
    scores: Targets  # (N, L)
    guess: Flags  # (N, L)
    counted: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def right(self) -> Flags:
        """Rows (N,) answered as a whole as they should be; of `hit`, those whose guess is one of their labels."""
        if self.task == "multi":
            return np.asarray((self.truth == self.guess).all(axis=1))
        return np.asarray((self.truth & self.guess).any(axis=1))

    @property
    def shares(self) -> Targets:
        """Scores (N, L) as probabilities: of `single` and `hit` given that one of these labels is meant."""
        if self.task == "multi":
            return self.scores
        total = self.scores.sum(axis=1, keepdims=True)
        return np.asarray(self.scores / np.maximum(total, np.finfo(np.float32).tiny), np.float32)

    def take(self, rows: Flags | NDArray[np.int64]) -> "Answers":
        """Some of the rows, by a mask or index (N,)."""
        arrays = {name: getattr(self, name)[rows] for name in ("rows", "truth", "scores", "guess")}
        return replace(self, **arrays)

    def with_scores(self, scores: Targets, thresholds: Sequence[float] = ()) -> "Answers":
        """What another model with these scores (N, L) says of the same rows; `multi` needs its thresholds."""
        guess = scores >= np.asarray(thresholds, np.float32) if self.task == "multi" else best(scores)
        return replace(self, scores=scores, guess=guess)


def answers(
    head: HeadConfig,
    scores: Targets,
    rows: LabelledSet,
    thresholds: Sequence[float] | None = None,
    labels: Sequence[str] | None = None,
) -> Answers | None:
    """One head's scores (all rows, all its labels) on one set; None where they share fewer than two labels.

    A single-label set is measured on the labels both know, by the best of them. A set with several labels a text is
    measured label by label on a sigmoid head whose labels it all knows, and by hits on any other. `thresholds` serve a
    sigmoid head without its own; without either each is 0.5. `labels` narrows what is measured to some of them.
    """
    known = [label for label in head.labels if label in rows.labels and (labels is None or label in labels)]
    truth = truth_of(known, rows)
    if len(known) < 2 or not truth.any():
        return None
    columns = [head.labels.index(label) for label in known]
    found = scores[:, columns]
    if head.kind == "sigmoid" and rows.multi and set(head.labels) <= set(rows.labels):
        cut = np.asarray(head.thresholds or thresholds or (0.5,) * len(head.labels), np.float32)[columns]
        return Answers("multi", tuple(known), np.arange(len(rows)), truth, found, found >= cut)
    whole = Answers("hit" if rows.multi else "single", tuple(known), np.arange(len(rows)), truth, found, best(found))
    return whole.take(np.flatnonzero(truth.any(axis=1)))


def skipped(given: Answers, rows: LabelledSet) -> tuple[Skipped, ...]:
    """The rows of a set that the answers leave out, by what they carry, the most first."""
    away = np.ones(len(rows), bool)
    away[given.rows] = False
    carried = rows.flags[away]
    if rows.multi:
        bare = int((~carried.any(axis=1)).sum())
        counts = {"without a label": bare, "with other labels alone": len(carried) - bare}
    else:
        counts = {
            f"labelled {label}": int(count) for label, count in zip(rows.labels, carried.sum(axis=0), strict=True)
        }
    return tuple(Skipped(why, count) for why, count in sorted(counts.items(), key=lambda pair: -pair[1]) if count)


def truth_of(labels: Sequence[str], rows: LabelledSet) -> Flags:
    """Flags (N, L) of a set over these labels; one that it does not know is never true."""
    columns = [rows.carrying(label) for label in labels]
    return np.stack(columns, axis=1) if columns else np.zeros((len(rows), 0), bool)


def best(scores: Targets) -> Flags:
    """Flags (N, L) of the best score of each row; of equals the first."""
    flags = np.zeros(scores.shape, bool)
    flags[np.arange(len(scores)), scores.argmax(axis=1)] = True
    return flags
