"""A labelled set in memory: texts, the labels it knows, and which of them each text carries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Targets = NDArray[np.float32]

CARRIED = 0.5  # from this target on a text counts as carrying the label, where only yes or no will do


@dataclass(frozen=True)
class LabelledSet:
    """N texts over L labels; `targets` (N, L) lie between 0 and 1.

    Labels by hand are 0 and 1, in a single-label set exactly one 1 a row; scores, of a teacher say, are anything
    between.
    """

    labels: tuple[str, ...]
    texts: list[str]
    targets: Targets
    multi: bool = False

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def flags(self) -> NDArray[np.bool_]:
        """Mask (N, L) of the labels that each text carries."""
        return np.asarray(self.targets >= CARRIED)

    @property
    def soft(self) -> bool:
        """Whether any target is neither 0 nor 1."""
        return bool(((self.targets > 0) & (self.targets < 1)).any())

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "LabelledSet":
        """The rows of an index or a mask, in the order given."""
        index = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return replace(self, texts=[self.texts[i] for i in index.tolist()], targets=self.targets[index])

    def only(self, labels: Sequence[str]) -> "LabelledSet":
        """The rows that carry at least one of these labels, over these labels alone."""
        columns = [self.labels.index(label) for label in labels]
        narrowed = replace(self, labels=tuple(labels), targets=self.targets[:, columns])
        return narrowed.take(np.asarray(narrowed.flags.any(axis=1), dtype=bool))

    def knowing(self, labels: Sequence[str]) -> "LabelledSet":
        """The same rows, none of which carries those of these labels that the set does not know yet."""
        missing = tuple(label for label in labels if label not in self.labels)
        if not missing:
            return self
        targets = np.pad(self.targets, ((0, 0), (0, len(missing))))
        return replace(self, labels=(*self.labels, *missing), targets=targets)

    def carrying(self, label: str) -> NDArray[np.bool_]:
        """Mask (N,) of the rows that carry the label; none does where the set does not know it."""
        if label not in self.labels:
            return np.zeros(len(self), bool)
        return np.asarray(self.flags[:, self.labels.index(label)])

    def renamed(self, names: Mapping[str, str]) -> "LabelledSet":
        """Labels under other names, where one is given; targets of labels that get one name add up, to 1 at most."""
        new = [names.get(label, label) for label in self.labels]
        labels = tuple(sorted(set(new)))
        targets = np.zeros((len(self), len(labels)), np.float32)
        for column, label in enumerate(new):
            place = labels.index(label)
            targets[:, place] = np.minimum(targets[:, place] + self.targets[:, column], 1)
        return replace(self, labels=labels, targets=targets)


def single(texts: list[str], names: Sequence[str]) -> LabelledSet:
    """One label a text; the labels are those met, in alphabetical order."""
    labels = tuple(sorted(set(names)))
    number = {label: i for i, label in enumerate(labels)}
    targets = np.zeros((len(texts), len(labels)), np.float32)
    targets[np.arange(len(texts)), [number[name] for name in names]] = 1
    return LabelledSet(labels, texts, targets)


def several(texts: list[str], names: Sequence[Sequence[str]]) -> LabelledSet:
    """Any number of labels a text; the labels are those met, in alphabetical order."""
    labels = tuple(sorted({name for row in names for name in row}))
    number = {label: i for i, label in enumerate(labels)}
    targets = np.zeros((len(texts), len(labels)), np.float32)
    for place, row in enumerate(names):
        targets[place, [number[name] for name in row]] = 1
    return LabelledSet(labels, texts, targets, multi=True)


def joined(sets: Sequence[LabelledSet]) -> LabelledSet:
    """One set after the other, over all labels that any of them knows."""
    labels = tuple(dict.fromkeys(label for part in sets for label in part.labels))
    texts = [text for part in sets for text in part.texts]
    targets = np.zeros((len(texts), len(labels)), np.float32)
    start = 0
    for part in sets:
        targets[start : start + len(part), [labels.index(label) for label in part.labels]] = part.targets
        start += len(part)
    return LabelledSet(labels, texts, targets, multi=any(part.multi for part in sets))
