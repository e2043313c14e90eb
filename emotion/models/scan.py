"""A classifier on CPU, without gradients: the same numbers as its modules, two to four times faster.

Three things make it fast. Both directions take each step together. The input's part of the gates is computed once for
each word of the vocabulary, then looked up. And tanh, which costs ten times as much as sigmoid, is written as
tanh(x) = 2 sigmoid(2x) - 1, with the factors moved into weights and states.
"""

from collections.abc import Sequence
from itertools import zip_longest

import torch
from torch import Tensor, nn
from torch.nn import functional

from emotion.models.classifier import Classifier, Output
from emotion.models.recurrent import reversal, rows

TABLE_BYTES = 128 << 20  # a larger table of gates is not kept


class ScanClassifier:
    """Calls like a `Classifier`, which it takes over: in eval mode, without gradients, in `dtype`."""

    def __init__(self, classifier: Classifier, dtype: torch.dtype = torch.float32) -> None:
        recurrent = classifier.recurrent
        pairs = zip_longest(recurrent.forwards, recurrent.backwards)
        self.scans = [Scan([cell for cell in pair if cell is not None], recurrent.hidden, dtype) for pair in pairs]
        self.classifier = classifier.to(dtype).eval().requires_grad_(False)
        self._table: Tensor | None = None

    def expect(self, words: int) -> None:
        """Prepare for many words: from a quarter of the vocabulary on, a table of gates pays for itself."""
        if self.classifier.mix is not None:
            return
        embedding = self.classifier.embedding.weight
        size = len(embedding) * self.scans[0].width * embedding.element_size()
        if self._table is None and words * 4 >= len(embedding) and size <= TABLE_BYTES:
            self._table = self.scans[0].gates(embedding)

    def __call__(self, ids: Tensor, lengths: Tensor, context: Tensor | None = None) -> Output:
        """As `Classifier.forward`."""
        return self.classifier.read(self._states(ids.t(), lengths, context), lengths)

    def _states(self, ids: Tensor, lengths: Tensor, context: Tensor | None) -> Tensor:
        """Recurrent states (T, B, width) of ids (T, B)."""
        steps = torch.arange(len(ids)).unsqueeze(1).expand(ids.shape)
        both = [steps, reversal(lengths, len(ids))][: self.scans[0].directions]
        order = torch.stack([rows(each) for each in both], dim=1)  # (T, directions, B)
        first = self.scans[0]
        if self._table is None:
            states = first.states(first.gates(self.classifier.embed(ids, context).flatten(0, 1)), order)
        else:
            states = first.states(self._table, ids.reshape(-1)[order])
        states = _side_by_side(states, both)
        for scan in self.scans[1:]:
            states = _side_by_side(scan.states(scan.gates(states.flatten(0, 1)), order), both)
        return states


class Scan:
    """All directions of one layer: LSTM with G = 4 gates, GRU with 3."""

    def __init__(self, cells: Sequence[nn.Module], hidden: int, dtype: torch.dtype) -> None:
        self.hidden, self.directions = hidden, len(cells)
        self.is_lstm = isinstance(cells[0], nn.LSTM)
        fold = _fold_lstm if self.is_lstm else _fold_gru
        inputs, input_biases, weights, biases = zip(*(fold(cell, hidden) for cell in cells), strict=True)
        self.input_weight = torch.cat(inputs).to(dtype)  # (directions * G * H, D)
        self.input_bias = torch.cat(input_biases).to(dtype)
        self.weight = torch.stack(weights).transpose(1, 2).contiguous().to(dtype)  # (directions, H, G * H)
        self.bias = torch.stack(biases).unsqueeze(1).to(dtype)  # (directions, 1, G * H)
        self.width = len(self.input_weight)

    def gates(self, inputs: Tensor) -> Tensor:
        """The input's part of the gates, (N, directions * G * H), of inputs (N, D)."""
        return functional.linear(inputs, self.input_weight, self.input_bias)

    def states(self, gates: Tensor, order: Tensor) -> Tensor:
        """States (T, directions, B, H), where step t of a direction reads row `order[t, direction, b]` of the gates."""
        table = gates.view(len(gates) * self.directions, -1)
        picks = (order * self.directions + torch.arange(self.directions).unsqueeze(1)).flatten(1)
        out = gates.new_empty(*order.shape, self.hidden)
        (self._lstm if self.is_lstm else self._gru)(table, picks, out)
        return out

    def _lstm(self, table: Tensor, picks: Tensor, out: Tensor) -> None:
        """Keeps 2c and h / 2 in place of c and h."""
        cell = torch.zeros_like(out[0])
        for t, now in enumerate(picks):
            gates = table.index_select(0, now).view(*out.shape[1:3], -1)
            if t:
                gates.baddbmm_(out[t - 1], self.weight)
            take, forget, new, give = gates.sigmoid_().chunk(4, dim=-1)
            cell.mul_(forget).addcmul_(take, new.sub_(0.5), value=4)
            torch.mul(cell.sigmoid().sub_(0.5), give, out=out[t])
        out.mul_(2)

    def _gru(self, table: Tensor, picks: Tensor, out: Tensor) -> None:
        """Keeps (h + 1) / 2 in place of h."""
        two = 2 * self.hidden
        state = torch.full_like(out[0], 0.5)
        for t, now in enumerate(picks):
            gates = table.index_select(0, now).view(*out.shape[1:3], -1)
            back = torch.baddbmm(self.bias, state, self.weight)
            reset, keep = gates[..., :two].add(back[..., :two]).sigmoid_().chunk(2, dim=-1)
            new = torch.addcmul(gates[..., two:], reset, back[..., two:]).sigmoid_()
            state = torch.lerp(new, state, keep, out=out[t])
        out.mul_(2).sub_(1)


def _side_by_side(states: Tensor, steps: list[Tensor]) -> Tensor:
    """States (T, directions, B, H) as (T, B, directions * H), each direction's at the words it has read."""
    time, directions, batch, hidden = states.shape
    if directions == 1:
        return states.view(time, batch, hidden)
    places = torch.stack([_places(step, way, directions) for way, step in enumerate(steps)], dim=-1)
    return states.view(-1, hidden).index_select(0, places.flatten()).view(time, batch, -1)


def _places(steps: Tensor, direction: int, directions: int) -> Tensor:
    """Row numbers of `steps` (T, B) in one direction, when (T, directions, B, H) is seen as (T * directions * B, H)."""
    batch = steps.shape[1]
    return (steps * directions + direction) * batch + torch.arange(batch)


def _fold_lstm(cell: nn.Module, hidden: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Weights and biases of input and state, gates in the order take, forget, new, give."""
    weight_in, weight, bias_in, bias = _parameters(cell)
    scale = _scale(4, 2, hidden)
    return weight_in * scale, (bias_in + bias) * scale.squeeze(1), 2 * weight * scale, torch.zeros_like(bias)


def _fold_gru(cell: nn.Module, hidden: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Weights and biases of input and state, gates in the order reset, keep, new."""
    weight_in, weight, bias_in, bias = _parameters(cell)
    scale = _scale(3, 2, hidden)
    bias = (bias - weight.sum(dim=1)) * scale.squeeze(1)
    return weight_in * scale, bias_in * scale.squeeze(1), 2 * weight * scale, bias


def _parameters(cell: nn.Module) -> tuple[Tensor, ...]:
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return tuple(cell.get_parameter(name).detach().float() for name in names)


def _scale(gates: int, doubled: int, hidden: int) -> Tensor:
    """Column (gates * H, 1) of ones, with 2 at the gate whose tanh is written as a sigmoid."""
    scale = torch.ones(gates * hidden, 1)
    scale[doubled * hidden : (doubled + 1) * hidden] = 2
    return scale
