"""A recurrent layer stepped with torch: both directions take each step together."""

import torch
from torch import Tensor

from emotion.models.scan.layer import Layer


class SteppedLayer(Layer):
    """Runs on any processor, in any precision that torch has for it."""

    def states(self, gates: Tensor, picks: Tensor) -> Tensor:
        """See `Layer.states`."""
        table = gates.view(len(gates) * self.directions, -1)
        ahead = picks.t()
        order = torch.stack([ahead, ahead.flip(0)][: self.directions], dim=1)  # (T, directions, B)
        order = order * self.directions + torch.arange(self.directions).unsqueeze(1)
        out = gates.new_empty(*order.shape, self.hidden)
        (self._lstm if self.is_lstm else self._gru)(table, order.flatten(1), out)
        both = [out[:, 0], out[:, -1].flip(0)][: self.directions]  # each at the words it has read
        return torch.cat(both, dim=-1).transpose(0, 1)

    def _lstm(self, table: Tensor, order: Tensor, out: Tensor) -> None:
        weight = self.weight.transpose(1, 2)
        cell = torch.zeros_like(out[0])
        for t, now in enumerate(order):
            gates = table.index_select(0, now).view(*out.shape[1:3], -1)
            if t:
                gates.baddbmm_(out[t - 1], weight)
            take, forget, new, give = gates.sigmoid_().chunk(4, dim=-1)
            cell.mul_(forget).addcmul_(take, new.sub_(0.5), value=4)
            torch.mul(cell.sigmoid().sub_(0.5), give, out=out[t])
        out.mul_(2)

    def _gru(self, table: Tensor, order: Tensor, out: Tensor) -> None:
        two = 2 * self.hidden
        sums, new = (part.transpose(1, 2) for part in (self.weight[:, :two], self.weight[:, two:]))
        bias = self.bias[:, two:].unsqueeze(1)
        state = torch.full_like(out[0], 0.5)
        for t, now in enumerate(order):
            gates = table.index_select(0, now).view(*out.shape[1:3], -1)
            reset, keep = gates[..., :two].add(torch.bmm(state, sums)).sigmoid_().chunk(2, dim=-1)
            fresh = torch.addcmul(gates[..., two:], reset, torch.baddbmm(bias, state, new)).sigmoid_()
            state = torch.lerp(fresh, state, keep, out=out[t])
        out.mul_(2).sub_(1)
