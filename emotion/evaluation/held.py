"""What is measured on, and what may help: a labelled set with its validation and training splits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from emotion.evaluation.answers import Answers, answers
from emotion.evaluation.metrics import Flags
from emotion.models.config import HeadConfig
from emotion.sets.copies import key
from emotion.sets.labelled import LabelledSet, Targets

Note = Callable[[str], None]


@dataclass(frozen=True)
class Named:
    """Labelled rows and what to call them."""

    name: str
    rows: LabelledSet

    def renamed(self, names: Mapping[str, str]) -> "Named":
        """The rows with some labels under other names."""
        return Named(self.name, self.rows.renamed(names)) if names else self


@dataclass(frozen=True)
class Held:
    """A set to measure on; temperatures are chosen on `validation`, the linear baseline learns from `train`.

    `heads` names the heads that the set is for; without it, each head that shares labels with it. `names` says, by
    head, what the head calls labels of the set; `none` names the labels that say that nothing is felt, where they are
    not those of `emotion.evaluation.counted`.
    """

    measured: Named
    split: str | None = None
    validation: Named | None = None
    train: Named | None = None
    heads: tuple[str, ...] | None = None
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    none: tuple[str, ...] | None = None

    def seen_by(self, head: str) -> "Held":
        """The set with its labels as a head calls them."""
        names = self.names.get(head, {})
        splits = (self.measured, self.validation, self.train)
        measured, validation, train = (None if named is None else named.renamed(names) for named in splits)
        return self if measured is None else replace(self, measured=measured, validation=validation, train=train)


@dataclass(frozen=True)
class Scored:
    """Labelled rows with the scores (N, labels of the head) of each head of one model.

    `feeling` is the score that is held against the threshold of `felt`, `unknown` the share of unknown words.
    """

    rows: LabelledSet
    scores: Mapping[str, Targets]
    felt: Flags  # (N,)
    feeling: Targets  # (N,)
    unknown: Targets  # (N,)

    def answers(
        self, head: HeadConfig, thresholds: Sequence[float] | None = None, labels: Sequence[str] | None = None
    ) -> Answers | None:
        """What the head says of the rows, or None: see `answers`."""
        return answers(head, self.scores[head.name], self.rows, thresholds, labels)


def unseen(train: LabelledSet, held_back: Sequence[LabelledSet]) -> Flags:
    """Mask (N,) of the training rows whose texts no set held back has a copy of."""
    known = {key(text) for rows in held_back for text in rows.texts}
    return np.array([key(text) not in known for text in train.texts], bool)
