"""Encoded texts with a target for each head, and batches of texts of like length."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.models.config import HeadConfig
from emotion.models.encoded import Texts, encode
from emotion.sets.labelled import LabelledSet, Targets
from emotion.text.encoder import Encoder

POOL = 64  # batches sorted by length at a time: long enough to save padding, short enough to keep batches mixed


@dataclass(frozen=True)
class Examples:
    """Texts to learn from, with targets (N, L) and row weights (N,) by head; a weight of 0 masks the row."""

    texts: Texts
    targets: dict[str, Targets]
    weights: dict[str, Targets]


def examples(
    encoder: Encoder, sets: Sequence[tuple[LabelledSet, float, tuple[str, ...] | None]], heads: Mapping[str, HeadConfig]
) -> Examples:
    """Join sets, each given with its weight and the heads it teaches (None for all it can)."""
    texts = encode(encoder, [text for rows, _, _ in sets for text in rows.texts])
    targets: dict[str, Targets] = {}
    weights: dict[str, Targets] = {}
    for name, head in heads.items():
        parts = [head_targets(head, rows) for rows, _, _ in sets]
        teaches = [weight * (only is None or name in only) for _, weight, only in sets]
        targets[name] = np.concatenate([part[0] for part in parts])
        weights[name] = np.concatenate([part[1] * np.float32(by) for part, by in zip(parts, teaches, strict=True)])
    return Examples(texts, targets, weights)


def head_targets(head: HeadConfig, rows: LabelledSet) -> tuple[Targets, Targets]:
    """Targets (N, L) of a head, and 1 where a row (N,) teaches it, else 0.

    A softmax head takes the row's labels in equal shares and leaves out rows with none of its own; a sigmoid head needs
    a set that knows all its labels.
    """
    targets = np.zeros((len(rows), len(head.labels)), np.float32)
    for column, label in enumerate(head.labels):
        if label in rows.labels:
            targets[:, column] = rows.targets[:, rows.labels.index(label)]
    if head.kind == "sigmoid":
        return targets, np.full(len(rows), set(head.labels) <= set(rows.labels), np.float32)
    total = targets.sum(axis=1, keepdims=True)
    return targets / np.maximum(total, 1), (total[:, 0] > 0).astype(np.float32)


def batches(texts: Texts, size: int, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Rows of one epoch: shuffled, sorted by length within pools of `POOL` batches, the batches shuffled again."""
    order = random.permutation(len(texts))
    lengths = texts.lengths
    pools = (order[start : start + POOL * size] for start in range(0, len(order), POOL * size))
    sorted_pools = (pool[np.argsort(lengths[pool], kind="stable")] for pool in pools)
    cut = [pool[start : start + size] for pool in sorted_pools for start in range(0, len(pool), size)]
    yield from (cut[i] for i in random.permutation(len(cut)))
