"""Contextual vectors of many texts, batch by batch: computed when asked for, or from the cache."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from emotion.models.context.contextual import Contextual

Words = Sequence[str]


class ContextRows(Protocol):
    """Layers of vectors of N texts."""

    def batch(self, rows: NDArray[np.int64]) -> Tensor:
        """Layers (B, T, L, W) of these texts, zero at padding."""


class Contexts(Protocol):
    """Makes the rows of texts."""

    def of(self, texts: Sequence[Words]) -> ContextRows:
        """Rows of texts, none of them empty."""


class Live:
    """Computes the vectors whenever they are asked for."""

    def __init__(self, contextual: Contextual) -> None:
        self._contextual = contextual

    def of(self, texts: Sequence[Words]) -> "LiveRows":
        return LiveRows(self._contextual, texts)


class LiveRows:
    """Rows of texts that are kept as words."""

    def __init__(self, contextual: Contextual, texts: Sequence[Words]) -> None:
        self._contextual, self._texts = contextual, texts

    def batch(self, rows: NDArray[np.int64]) -> Tensor:
        return self._contextual([self._texts[row] for row in rows.tolist()])
