"""The whole classifier, taken over."""

from itertools import zip_longest
from typing import Self

import torch
from torch import Tensor, nn

from emotion.models.classifier import Classifier, Output
from emotion.models.scan.compiled import CompiledLayer, CompiledReading
from emotion.models.scan.layer import Layer, check_within
from emotion.models.scan.library import kernels
from emotion.models.scan.stepped import SteppedLayer

TABLE_BYTES = 128 << 20  # a larger table of gates is not kept


class ScanClassifier:
    """Calls like a `Classifier`, which it takes over: in eval mode, without gradients.

    With `half`, the kernels multiply states by the weights of the next step, and by attention's first matrix, in
    bfloat16 and sum in float32; all else, and all where the processor has no such products or no layer fills their
    vectors, stays in float32. Torch computes all in bfloat16. Without `compiled` the kernels are left aside.
    """

    def __init__(self, classifier: Classifier, half: bool = False, compiled: bool = True) -> None:
        recurrent = classifier.recurrent
        found = kernels(half, recurrent.hidden) if compiled else None
        self._half, self._compiled = half, compiled
        dtype = torch.bfloat16 if half and found is None else torch.float32
        self.classifier = classifier.to(dtype).eval().requires_grad_(False)
        self._reading = None if found is None else CompiledReading(found, classifier)
        self._layers: list[Layer] = []
        for pair in zip_longest(recurrent.forwards, recurrent.backwards):
            cells: list[nn.Module] = [cell for cell in pair if cell is not None]
            if found is None:
                self._layers.append(SteppedLayer(cells, recurrent.hidden, dtype))
            else:
                self._layers.append(CompiledLayer(found, cells, recurrent.hidden))
        self._table: Tensor | None = None

    def __reduce__(self) -> tuple[type[Self], tuple[Classifier, bool, bool]]:
        """Taken over anew where it is unpickled: that processor may have other kernels, or none."""
        return type(self), (self.classifier, self._half, self._compiled)

    def expect(self, words: int) -> None:
        """Prepare for many words: from a quarter of the vocabulary on, a table of gates pays for itself."""
        if self.classifier.mix is not None:
            return
        embedding = self.classifier.embedding.weight
        size = len(embedding) * self._layers[0].width * embedding.element_size()
        if self._table is None and words * 4 >= len(embedding) and size <= TABLE_BYTES:
            self._table = self._layers[0].gates(embedding)

    def __call__(self, ids: Tensor, lengths: Tensor, context: Tensor | None = None) -> Output:
        """As `Classifier.forward`."""
        states = self._states(ids, lengths, context)
        if self._reading is None:
            return self.classifier.read(states.transpose(0, 1), lengths)
        return self._reading(states, lengths)

    def _states(self, ids: Tensor, lengths: Tensor, context: Tensor | None) -> Tensor:
        """Recurrent states (B, T, width) of ids (B, T)."""
        padding = torch.arange(ids.shape[1]) >= lengths.unsqueeze(1)
        places = torch.arange(ids.numel()).view(ids.shape).masked_fill(padding, ids.numel())
        first, *others = self._layers
        if self._table is None:
            words = self.classifier.embed(ids.t(), context).transpose(0, 1)
            states = first.states(first.gates(words.flatten(0, 1)), places)
        else:
            check_within(ids, 0, len(self._table) - 2, "a word")
            states = first.states(self._table, ids.masked_fill(padding, len(self._table) - 1))
        for layer in others:
            states = layer.states(layer.gates(states.flatten(0, 1)), places)
        return states
