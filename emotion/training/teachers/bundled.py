"""A bundle as a teacher: every head it has, in float32."""

from collections.abc import Sequence
from typing import Self

import torch

from emotion.models.bundle import Bundle
from emotion.models.context.rows import Live
from emotion.models.encoded import encode, scores
from emotion.models.registry import resolve
from emotion.sets.labelled import Targets


class Bundled:
    """A bundle behind the interface of teachers; unlike a predictor it also gives heads that are neither primary nor
    profile."""

    def __init__(self, bundle: Bundle) -> None:
        self.id = bundle.id
        self.heads = bundle.heads
        self._encoder = bundle.encoder()
        self._network = bundle.classifier()
        self._contexts = None if bundle.context is None else Live(bundle.context.open(torch.device("cpu")))

    @classmethod
    def load(cls, name: str) -> Self:
        """What `--model` may name."""
        return cls(Bundle.load(resolve(name)))

    def scores(self, texts: Sequence[str]) -> dict[str, Targets]:
        """Scores (N, L) by head, in the order of the texts."""
        return scores(self._network, self.heads, encode(self._encoder, texts, self._contexts))
