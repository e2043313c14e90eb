"""The average of the weights, which is what is measured and kept."""

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor, nn

EARLY = 100  # steps in which the exponential average moves every time
EVERY = 4  # steps between updates of it later on: the embedding is large, and four steps move it little


class Averaging(Protocol):
    """Told of every step and epoch; `state` is the average by name."""

    seen: int

    def update(self, model: nn.Module) -> None:
        """One step was made."""

    def epoch(self, model: nn.Module, share: float) -> None:
        """An epoch ended, after this share of the stage."""

    def state(self) -> dict[str, Tensor]:
        """A copy of the averaged weights by name."""

    def restore(self, weights: Mapping[str, Tensor], seen: int) -> None:
        """Go on from these."""


class _Weights:
    """A copy of a model's weights, and how often it was updated."""

    def __init__(self, model: nn.Module) -> None:
        self.seen = 0
        self.weights = {name: weight.detach().clone() for name, weight in model.named_parameters()}

    @torch.no_grad()
    def state(self) -> dict[str, Tensor]:
        """A copy of the averaged weights by name."""
        return {name: weight.clone() for name, weight in self.weights.items()}

    @torch.no_grad()
    def restore(self, weights: Mapping[str, Tensor], seen: int) -> None:
        """Go on from these."""
        self.seen = seen
        for name, weight in weights.items():
            self.weights[name].copy_(weight)

    @torch.no_grad()
    def _move(self, model: nn.Module, share: float) -> None:
        """Go this share of the way to the model's weights."""
        for name, weight in model.named_parameters():
            self.weights[name].lerp_(weight, share)


class Average(_Weights):
    """Exponential moving average of a model's weights (Polyak and Juditsky 1992, with a decay)."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        super().__init__(model)
        self.decay = decay

    def update(self, model: nn.Module) -> None:
        """Count one step and move the average; early on it follows faster, later it moves every `EVERY` steps."""
        self.seen += 1
        steps = 1 if self.seen <= EARLY else EVERY
        if self.seen % steps or not self.decay:
            return
        self._move(model, 1 - min(self.decay, self.seen / (self.seen + 10)) ** steps)

    def epoch(self, model: nn.Module, share: float) -> None:
        """Without a decay it is the last weights; else it moves with the steps."""
        if not self.decay:
            self._move(model, 1)


class StochasticAverage(_Weights):
    """Stochastic weight averaging (Izmailov et al. 2018, arXiv 1803.05407): the mean of the weights at epochs' ends.

    Epochs that end after the share `start` of the stage are averaged; before, the weights are the last ones.
    """

    def __init__(self, model: nn.Module, start: float) -> None:
        super().__init__(model)
        self.start = start

    def update(self, model: nn.Module) -> None:
        """Nothing: it moves with the epochs."""

    def epoch(self, model: nn.Module, share: float) -> None:
        """Take the weights of an epoch in."""
        self.seen += share > self.start
        self._move(model, 1 / max(self.seen, 1))
