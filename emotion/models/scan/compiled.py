"""Recurrent layers and what is read of them by compiled kernels.

A gate of these is 1 / (1 + 2^x), so all that enters one is multiplied by -log2(e) beforehand.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from emotion.models.classifier import Classifier, Output
from emotion.models.scan.layer import Layer, check_within
from emotion.models.scan.library import Direction, Kernels

GATE = -math.log2(math.e)


class CompiledLayer(Layer):
    """A layer whose hidden units fill whole vectors of the kernels."""

    def __init__(self, kernels: Kernels, cells: Sequence[nn.Module], hidden: int) -> None:
        super().__init__(cells, hidden, torch.float32, GATE, plain=True)
        self._kernels = kernels
        self._directions = [self._direction(number) for number in range(self.directions)]

    def states(self, gates: Tensor, picks: Tensor) -> Tensor:
        """See `Layer.states`."""
        picks = picks.to(torch.int64).contiguous()
        check_within(picks, 0, len(gates) - 1, "a row of gates")
        states = torch.empty(*picks.shape, self.directions * self.hidden, dtype=torch.float32, device="cpu")
        parts = gates.chunk(self.directions, dim=1), states.chunk(self.directions, dim=2)
        for direction, own, out in zip(self._directions, *parts, strict=True):
            self._kernels.scan(direction, own, picks, out)
        return states

    def _direction(self, number: int) -> Direction:
        lanes, hidden = self._kernels.lanes, self.hidden
        blocks = self.weight[number].view(-1, hidden // lanes, lanes, hidden).transpose(0, 1)
        return Direction(
            weights=self._kernels.pack(blocks),
            bias=self.bias[number, -hidden:].contiguous(),
            is_lstm=self.is_lstm,
            backward=number == 1,
        )


class CompiledReading:
    """What the heads say of states (B, T, width): attention and maxima by kernels, the rest by the classifier."""

    def __init__(self, kernels: Kernels, classifier: Classifier) -> None:
        self._kernels, self._classifier = kernels, classifier
        if classifier.attention is not None:
            unit = 2 * kernels.lanes
            first, hops = classifier.attention.w1.weight, classifier.attention.w2.weight
            missing = -len(first) % unit  # units that the hops leave aside
            first = functional.pad(first.detach() * (2 * GATE), (0, 0, 0, missing))
            self._weights = kernels.pack(first.view(-1, 2, kernels.lanes, first.shape[1]))
            self._hops = functional.pad(hops.detach() * (-2 * GATE), (0, missing)).contiguous()

    def __call__(self, states: Tensor, lengths: Tensor) -> Output:
        """As `Classifier.read`, of states whose texts come first."""
        classifier, lengths = self._classifier, lengths.to(torch.int64).expand(len(states)).contiguous()
        check_within(lengths, 1, states.shape[1], "a length")
        features = torch.empty(len(states), classifier.pooled, dtype=torch.float32, device="cpu")
        attention = None
        widths = [classifier.width_of(way) for way in classifier.config.pooling]
        for way, part in zip(classifier.config.pooling, torch.split(features, widths, dim=1), strict=True):
            if way == "attention":
                attention = self._kernels.attend(self._weights, self._hops, states, lengths, part)
            elif way == "max":
                self._kernels.highest(states, lengths, part)
            else:
                part.copy_(classifier.pool(way, states.transpose(0, 1), lengths))
        return classifier.judge(features, attention)
