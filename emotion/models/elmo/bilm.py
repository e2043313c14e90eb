"""The two language models, one reading ahead and one back: LSTM with projection, clips and skip connections.

TensorFlow's cell: gates input, new, forget, output from one matrix over input and state, 1 added to forget (Sak et al.
2014 for the projection). Both directions take each step together.
"""

import torch
from torch import Tensor, nn

from emotion.models.elmo.arrays import Arrays, cell
from emotion.models.elmo.options import ElmoOptions
from emotion.models.recurrent import reversal, rows

FORGET_BIAS = 1.0

LayerState = tuple[Tensor, Tensor]
State = list[LayerState]
"""Of each layer: projected states and cells, (2, B, P) and (2, B, H)."""


class BiLM(nn.Module):
    """Vectors (T, B, P) of words, boundaries among them, to layers (T, B, 2P), the first being the words themselves."""

    def __init__(self, options: ElmoOptions) -> None:
        super().__init__()
        lstm = options.lstm
        size = (2, lstm.projection_dim, 4 * lstm.dim)
        self.options = lstm
        self.inputs = nn.ParameterList(torch.empty(size) for _ in range(lstm.n_layers))
        self.states = nn.ParameterList(torch.empty(size) for _ in range(lstm.n_layers))
        self.biases = nn.ParameterList(torch.empty(2, 1, 4 * lstm.dim) for _ in range(lstm.n_layers))
        self.projections = nn.ParameterList(torch.empty(2, lstm.dim, lstm.projection_dim) for _ in range(lstm.n_layers))

    @torch.no_grad()
    def take(self, arrays: Arrays) -> None:
        """Take the weights over."""
        width, units = self.options.projection_dim, self.options.dim
        for layer in range(self.options.n_layers):
            for direction in range(2):
                name = cell(direction, layer)
                whole = torch.from_numpy(arrays[f"{name}/W_0"])
                self.inputs[layer][direction] = whole[:width]
                self.states[layer][direction] = whole[width:]
                self.biases[layer][direction] = torch.from_numpy(arrays[f"{name}/B"])
                self.biases[layer][direction, :, 2 * units : 3 * units] += FORGET_BIAS
                self.projections[layer][direction] = torch.from_numpy(arrays[f"{name}/W_P_0"])

    def forward(self, words: Tensor, lengths: Tensor, state: State | None = None) -> tuple[list[Tensor], State]:
        """Layers of texts of `lengths` (B,), right-padded; those at padding mean nothing.

        The state after the last step goes back, and is that of each text's end where all are of one length.
        """
        steps = torch.arange(len(words), device=words.device).unsqueeze(1).expand(words.shape[:2])
        orders = (rows(steps), rows(reversal(lengths, len(words))))
        flat = words.flatten(0, 1)
        states = torch.stack([flat[order.flatten()].view_as(words) for order in orders])  # (2, T, B, P)
        found, ends = [torch.cat((words, words), dim=-1)], []
        for layer in range(self.options.n_layers):
            outputs, end = self._layer(layer, states, None if state is None else state[layer])
            states = outputs + states if layer and self.options.use_skip_connections else outputs
            ahead, back = (states[way].flatten(0, 1)[orders[way].flatten()].view_as(words) for way in range(2))
            found.append(torch.cat((ahead, back), dim=-1))
            ends.append(end)
        return found, ends

    def _layer(self, layer: int, inputs: Tensor, state: LayerState | None) -> tuple[Tensor, LayerState]:
        """Projected states (2, T, B, P) of inputs (2, T, B, P), each direction in its own order."""
        steps, batch = inputs.shape[1:3]
        gates = torch.einsum("dtbp,dpg->tdbg", inputs, self.inputs[layer])  # the largest there is: no second copy of it
        if state is None:
            hidden = inputs.new_zeros(2, batch, self.options.projection_dim)
            memory = inputs.new_zeros(2, batch, self.options.dim)
        else:
            hidden, memory = state
        outputs = inputs.new_empty(steps, 2, batch, self.options.projection_dim)
        for step in range(steps):
            take, new, forget, give = (gates[step] + self.biases[layer] + hidden @ self.states[layer]).chunk(4, dim=-1)
            memory = torch.sigmoid(forget) * memory + torch.sigmoid(take) * torch.tanh(new)
            memory = _clipped(memory, self.options.cell_clip)
            hidden = (torch.sigmoid(give) * torch.tanh(memory)) @ self.projections[layer]
            hidden = _clipped(hidden, self.options.proj_clip)
            outputs[step] = hidden
        return outputs.transpose(0, 1), (hidden, memory)


def _clipped(values: Tensor, limit: float | None) -> Tensor:
    return values.clamp(-limit, limit) if limit else values
