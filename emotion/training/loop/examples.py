"""Encoded texts with a target for each head, those of them that an epoch reads, and batches of texts of like length."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emotion.models.config import HeadConfig
from emotion.models.context.rows import Contexts
from emotion.models.encoded import Texts, encode
from emotion.sets.labelled import LabelledSet, Targets
from emotion.text.encoder import Encoder
from emotion.training.targets import AS_IT_IS, TeachConfig, head_targets

__all__ = ["Examples", "Lesson", "Rows", "batches", "examples"]

Rows = NDArray[np.int64]

POOL = 64  # batches sorted by length at a time: long enough to save padding, short enough to keep batches mixed


@dataclass(frozen=True)
class Lesson:
    """A set as one stage learns from it: its weight, the heads it teaches (None for all it can) and how it does so.

    `sample` is how many of its rows each epoch draws, or which share of them; None for all.
    """

    rows: LabelledSet
    weight: float = 1.0
    heads: tuple[str, ...] | None = None
    teach: Mapping[str, TeachConfig] = field(default_factory=dict)
    sample: int | float | None = None

    @property
    def drawn(self) -> int:
        """Rows an epoch reads."""
        if self.sample is None:
            return len(self.rows)
        count = self.sample if isinstance(self.sample, int) else round(self.sample * len(self.rows))
        return min(max(count, 1), len(self.rows))


@dataclass(frozen=True)
class Examples:
    """Texts to learn from, with targets (N, L) by head, and weights by head: of rows (N,) or of labels (N, L); 0 masks.

    `draws` holds how many rows of each set there are and how many of them an epoch reads; without it, it reads all.
    """

    texts: Texts
    targets: dict[str, Targets]
    weights: dict[str, Targets]
    draws: tuple[tuple[int, int], ...] = ()

    @property
    def drawn(self) -> int:
        """Rows an epoch reads."""
        return sum(drawn for _, drawn in self.draws) if self.draws else len(self.texts)

    @property
    def shares(self) -> Targets:
        """Of each row (N,), in which share of the epochs it is read."""
        if not self.draws:
            return np.ones(len(self.texts), np.float32)
        there, drawn = np.array(self.draws).T
        return np.repeat((drawn / np.maximum(there, 1)).astype(np.float32), there)

    def order(self, random: np.random.Generator) -> Rows:
        """The rows of one epoch, shuffled; where a set is sampled, others each time."""
        if all(drawn == there for there, drawn in self.draws):
            return random.permutation(len(self.texts))
        rows, start = [], 0
        for there, drawn in self.draws:
            rows.append(start + (random.permutation(there)[:drawn] if drawn < there else np.arange(there)))
            start += there
        return random.permutation(np.concatenate(rows))


def examples(
    encoder: Encoder, lessons: Sequence[Lesson], heads: Mapping[str, HeadConfig], contexts: Contexts | None = None
) -> Examples:
    """All lessons of a stage, one after the other; `contexts` give their contextual vectors, where there are any."""
    texts = encode(encoder, [text for lesson in lessons for text in lesson.rows.texts], contexts)
    targets: dict[str, Targets] = {}
    weights: dict[str, Targets] = {}
    for name, head in heads.items():
        parts = [head_targets(head, lesson.rows, lesson.teach.get(name, AS_IT_IS)) for lesson in lessons]
        teaches = [lesson.weight * (lesson.heads is None or name in lesson.heads) for lesson in lessons]
        targets[name] = np.concatenate([part[0] for part in parts])
        weights[name] = joined([part[1] * np.float32(by) for part, by in zip(parts, teaches, strict=True)])
    return Examples(texts, targets, weights, tuple((len(lesson.rows), lesson.drawn) for lesson in lessons))


def joined(weights: Sequence[Targets]) -> Targets:
    """Weights of rows (N,) one after the other; of labels (N, L) where any are."""
    width = max((one.shape[1] for one in weights if one.ndim == 2), default=0)
    if not width:
        return np.concatenate(weights)
    return np.concatenate([one if one.ndim == 2 else np.repeat(one[:, None], width, axis=1) for one in weights])


def batches(
    texts: Texts, size: int, random: np.random.Generator, words: int | None = None, order: Rows | None = None
) -> list[Rows]:
    """Rows of one epoch: shuffled, sorted by length within pools of `POOL` batches, the batches shuffled again.

    A batch holds at most `size` texts and, where `words` is given, at most so many words, padding counted (or one
    text). `order` are the rows, shuffled already; without it, all.
    """
    order = random.permutation(len(texts)) if order is None else order
    lengths = texts.lengths
    pools = (order[start : start + POOL * size] for start in range(0, len(order), POOL * size))
    sorted_pools = (pool[np.argsort(lengths[pool], kind="stable")] for pool in pools)
    cut = [batch for pool in sorted_pools for batch in _cut(pool, lengths[pool], size, words)]
    return [cut[i] for i in random.permutation(len(cut))]


def _cut(pool: Rows, lengths: Rows, size: int, words: int | None) -> Iterator[Rows]:
    """Batches of a pool that is sorted by length."""
    start = 0
    while start < len(pool):
        end = min(start + size, len(pool))
        if words is not None:
            fits = np.arange(1, end - start + 1) * lengths[start:end] <= words
            end = start + max(int(np.argmin(np.append(fits, False))), 1)
        yield pool[start:end]
        start = end
