"""What both forms of a recurrent layer share: its weights, folded, and the gates that its inputs give."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

HELD = 1e30  # what a gate that holds a state gets: far beyond any sum of weights


class Layer(ABC):
    """All directions of one layer, each an LSTM with G = 4 gates or a GRU with 3.

    tanh, which costs ten times as much as sigmoid, is written as tanh(x) = 2 sigmoid(2x) - 1, with the factors moved
    into weights and states: a GRU keeps (h + 1) / 2 in place of h, an LSTM h / 2 and 2c. Weights of the state are those
    of what is kept, or of h itself if `plain`. All that enters a gate is multiplied by `scale`.
    """

    def __init__(
        self, cells: Sequence[nn.Module], hidden: int, dtype: torch.dtype, scale: float = 1.0, plain: bool = False
    ) -> None:
        self.hidden, self.directions = hidden, len(cells)
        self.is_lstm = isinstance(cells[0], nn.LSTM)
        fold = _fold_lstm if self.is_lstm else _fold_gru
        inputs, input_biases, weights, biases = zip(*(fold(cell, hidden, plain) for cell in cells), strict=True)
        self.input_weight = (torch.cat(inputs) * scale).to(dtype)  # (directions * G * H, D)
        self.input_bias = (torch.cat(input_biases) * scale).to(dtype)
        self.weight = (torch.stack(weights) * scale).to(dtype)  # (directions, G * H, H)
        self.bias = (torch.stack(biases) * scale).to(dtype)  # (directions, G * H)
        self.width = len(self.input_weight)
        self._hold = (_hold(self.is_lstm, hidden).repeat(self.directions) * scale).to(dtype)

    def gates(self, inputs: Tensor) -> Tensor:
        """The input's part of the gates, (N + 1, directions * G * H), of inputs (N, D); the last row holds a state."""
        gates = self.input_weight.new_empty(len(inputs) + 1, self.width)
        torch.addmm(self.input_bias, inputs, self.input_weight.t(), out=gates[:-1])
        gates[-1] = self._hold
        return gates

    @abstractmethod
    def states(self, gates: Tensor, picks: Tensor) -> Tensor:
        """States (B, T, directions * H), where word t of text b reads row `picks[b, t]` of the gates."""


def check_within(numbers: Tensor, least: int, most: int, what: str) -> None:
    """Kernels do not look whether what they look up is there, and a table has a row that is no word's.

    Raises:
        IndexError: one of the numbers is outside.
    """
    if numbers.numel():
        low, high = (int(each) for each in numbers.aminmax())
        if low < least or high > most:
            raise IndexError(f"{what} is {low if low < least else high}, and not within {least} and {most}")


def _fold_lstm(cell: nn.Module, hidden: int, plain: bool) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Weights and biases of input and state, gates in the order take, forget, new, give."""
    weight_in, weight, bias_in, bias = _parameters(cell)
    scale = _scale(4, 2, hidden)
    kept = weight if plain else 2 * weight
    return weight_in * scale, (bias_in + bias) * scale.squeeze(1), kept * scale, torch.zeros_like(bias)


def _fold_gru(cell: nn.Module, hidden: int, plain: bool) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Weights and biases of input and state, gates in the order reset, keep, new; the state's is 0 but for the last."""
    weight_in, weight, bias_in, bias = _parameters(cell)
    scale = _scale(3, 2, hidden)
    kept, bias = (weight, bias) if plain else (2 * weight, bias - weight.sum(dim=1))
    bias = bias * scale.squeeze(1)
    added = torch.cat((bias[: 2 * hidden], bias.new_zeros(hidden)))
    return weight_in * scale, bias_in * scale.squeeze(1) + added, kept * scale, bias - added


def _hold(is_lstm: bool, hidden: int) -> Tensor:
    """Gates with which a first state stays exactly what it is: nothing is taken in, and all is kept."""
    gates = torch.zeros(4 if is_lstm else 3, hidden)
    gates[0], gates[1] = -HELD, HELD
    return gates.flatten()


def _parameters(cell: nn.Module) -> tuple[Tensor, ...]:
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return tuple(cell.get_parameter(name).detach().float() for name in names)


def _scale(gates: int, doubled: int, hidden: int) -> Tensor:
    """Column (gates * H, 1) of ones, with 2 at the gate whose tanh is written as a sigmoid."""
    scale = torch.ones(gates * hidden, 1)
    scale[doubled * hidden : (doubled + 1) * hidden] = 2
    return scale
