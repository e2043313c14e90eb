"""Splits made of one set: stratified by label, the same for the same seed, copies of a text on one side."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from emotion.sets.copies import key, lot
from emotion.sets.labelled import LabelledSet

Rows = NDArray[np.int64]


class SplitConfig(BaseModel):
    """Shares of a set's train files that are held back for validation and test; the rest is trained on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    validation: float = Field(default=0.0, ge=0, lt=1)
    test: float = Field(default=0.0, ge=0, lt=1)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _leaves_something(self) -> "SplitConfig":
        if not 0 < self.validation + self.test < 1:
            raise ValueError("validation and test must hold back something together, and leave something to train on")
        return self

    @property
    def shares(self) -> tuple[float, float, float]:
        """Of train, validation and test."""
        return 1 - self.validation - self.test, self.validation, self.test


def split_rows(rows: LabelledSet, shares: Sequence[float], seed: int) -> list[Rows]:
    """Which rows each share gets, in their order; copies of a text go together.

    Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011): the rarest label is dealt out first, each text to
    the share that lacks most of this label. With one label a text this is stratification by label. Texts without
    label are dealt out like those of one more label. Chance is a hash of seed and text, so neither the order of the
    rows nor the version of a library changes the splits.
    """
    copies = _copies(rows.texts)
    flags = np.concatenate([rows.flags, ~rows.flags.any(axis=1, keepdims=True)], axis=1)
    labels = [np.flatnonzero(flags[group].any(axis=0)).tolist() for group in copies.values()]
    groups = list(copies.values())
    order = _shuffled([lot(rows.texts[group[0]]) for group in groups], seed)
    dealt = _deal([labels[i] for i in order], [len(groups[i]) for i in order], shares, flags.shape[1])
    found: list[list[int]] = [[] for _ in shares]
    for place, share in zip(order, dealt, strict=True):
        found[share] += groups[place]
    return [np.array(sorted(part), np.int64) for part in found]


def _copies(texts: Sequence[str]) -> dict[str, list[int]]:
    """Rows by key."""
    groups: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        groups.setdefault(key(text), []).append(row)
    return groups


def _shuffled(lots: Sequence[str], seed: int) -> list[int]:
    def chance(place: int) -> bytes:
        return blake2b(lots[place].encode(errors="replace"), digest_size=16, key=str(seed).encode()[:64]).digest()

    return sorted(range(len(lots)), key=chance)


def _deal(labels: Sequence[Sequence[int]], sizes: Sequence[int], shares: Sequence[float], count: int) -> list[int]:
    """The share of each group, given the labels (numbers below `count`) and the number of rows of each."""
    waiting: list[list[int]] = [[] for _ in range(count)]  # groups by label
    rows = [0] * count
    for group, held in enumerate(labels):
        for label in held:
            waiting[label].append(group)
            rows[label] += sizes[group]
    lacking = [[share * rows[label] for label in range(count)] for share in shares]
    lacking_rows = [share * sum(sizes) for share in shares]
    left, dealt = [len(groups) for groups in waiting], [-1] * len(labels)
    while any(left):
        rarest = min((label for label in range(count) if left[label]), key=lambda label: left[label])
        for group in waiting[rarest]:
            if dealt[group] >= 0:
                continue
            share = max(range(len(shares)), key=lambda i: (lacking[i][rarest], lacking_rows[i]))
            dealt[group] = share
            lacking_rows[share] -= sizes[group]
            for label in labels[group]:
                lacking[share][label] -= sizes[group]
                left[label] -= 1
    return dealt
