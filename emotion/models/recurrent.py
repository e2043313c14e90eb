"""Recurrent encoder: stacked LSTM or GRU layers in one or two directions over right-padded batches.

Time comes first: (T, B, ...). Each direction is a network of its own; the backward one runs over sequences reversed
within their length, so both meet padding only after the last word: exact, and faster on CPU than packing.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from emotion.models.config import ModelConfig

WEIGHTS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
CELLS: dict[str, type[nn.LSTM] | type[nn.GRU]] = {"lstm": nn.LSTM, "gru": nn.GRU}


class Recurrent(nn.Module):
    """States (T, B, width) of embedded words (T, B, D); those at padding mean nothing and must be masked."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.hidden = config.hidden
        self.directions = 2 if config.bidirectional else 1
        self.width = config.hidden * self.directions
        inputs = [config.word_dim] + [self.width] * (config.layers - 1)
        cell = CELLS[config.cell]
        self.forwards = nn.ModuleList(cell(size, config.hidden) for size in inputs)
        self.backwards = nn.ModuleList(cell(size, config.hidden) for size in inputs if config.bidirectional)
        self.dropout = nn.Dropout(config.dropout)
        self.weight_dropout = config.weight_dropout

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        reverse = reversal(lengths, len(words)) if len(self.backwards) else None
        states = words
        for layer, ahead in enumerate(self.forwards):
            states = self.dropout(states) if layer else states
            outputs = self._run(ahead, states)
            if reverse is not None:
                back = self._run(self.backwards[layer], _reorder(states, reverse))
                outputs = torch.cat((outputs, _reorder(back, reverse)), dim=-1)
            states = outputs
        return states

    def dropped(self, cell: nn.Module) -> list[Tensor]:
        """Weights of a cell, of which those from state to state are dropped: one mask for all steps of a batch."""
        weights: list[Tensor] = [cell.get_parameter(name) for name in WEIGHTS]
        weights[1] = functional.dropout(weights[1], self.weight_dropout)
        return weights

    def _run(self, cell: nn.Module, inputs: Tensor) -> Tensor:
        """States (T, B, H) of one direction of a layer."""
        if not (self.training and self.weight_dropout):
            states: Tensor = cell(inputs)[0]
            return states
        first = inputs.new_zeros(1, inputs.shape[1], self.hidden)
        options = (True, 1, 0.0, True, False, False)  # biases, layers, dropout, training, two directions, batch first
        if isinstance(cell, nn.LSTM):
            return torch.lstm(inputs, (first, first), self.dropped(cell), *options)[0]
        return torch.gru(inputs, first, self.dropped(cell), *options)[0]

    def last(self, states: Tensor, lengths: Tensor) -> Tensor:
        """State of each direction after it has read the whole text: (B, width)."""
        ahead = states[lengths - 1, torch.arange(len(lengths), device=lengths.device), : self.hidden]
        return torch.cat((ahead, states[0, :, self.hidden :]), dim=-1)


def reversal(lengths: Tensor, steps: int) -> Tensor:
    """Steps (T, B) that reverse each sequence within its length and leave padding in place; its own inverse."""
    step = torch.arange(steps, device=lengths.device).unsqueeze(1)
    mirrored = lengths - 1 - step
    return torch.where(mirrored >= 0, mirrored, step)


def rows(steps: Tensor) -> Tensor:
    """Row numbers, when (T, B, ...) is seen as (T * B, ...), of `steps` (T, B) in each column."""
    return steps * steps.shape[1] + torch.arange(steps.shape[1], device=steps.device)


def _reorder(states: Tensor, steps: Tensor) -> Tensor:
    return states.flatten(0, 1).index_select(0, rows(steps).flatten()).view(*steps.shape, -1)
