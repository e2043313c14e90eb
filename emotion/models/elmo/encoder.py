"""ELMo as a whole: texts as lists of words to layers of vectors, each text from zero."""

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from emotion.models.context.config import ContextConfig
from emotion.models.context.contextual import same_device
from emotion.models.elmo.arrays import (
    OPTIONS,
    WEIGHTS,
    Arrays,
    digest_of,
    read_hdf5,
    read_packed,
    write_packed,
)
from emotion.models.elmo.bilm import BiLM, State
from emotion.models.elmo.options import ElmoOptions, read_options
from emotion.models.elmo.words import Words

CPU = torch.device("cpu")
WORDS = {"cpu": 2_048, "cuda": 65_536}  # with padding, in one pass
GATES = 1 << 29  # numbers of all gates in one pass, both directions: 2 GiB


class Elmo:
    """The chosen `layers` of an ELMo (all: 0 is the words alone, the last the top), for a scalar mix above it.

    With `carries`, the state at the end of a text goes on into the next one, as in the original code: only to
    reproduce its numbers. Nothing that trains, caches or predicts takes such an encoder.
    """

    def __init__(
        self,
        options: ElmoOptions,
        arrays: Arrays,
        layers: Sequence[int] | None = None,
        device: torch.device = CPU,
        carries: bool = False,
    ) -> None:
        chosen = tuple(range(options.layers)) if layers is None else tuple(layers)
        self.config = ContextConfig(
            kind="elmo", digest=digest_of(options, arrays), layers=chosen, width=options.width, of=options.layers
        )
        self.carries = carries
        self._options, self._arrays = options, arrays
        self._place(device)

    @classmethod
    def from_files(
        cls, options: Path, weights: Path, layers: Sequence[int] | None = None, device: torch.device = CPU
    ) -> Self:
        """From an official options file and its weights in HDF5."""
        read = read_options(options)
        return cls(read, read_hdf5(weights, read), layers, device)

    @classmethod
    def from_packed(cls, folder: Path, layers: Sequence[int] | None = None, device: torch.device = CPU) -> Self:
        """From the folder that `pack` wrote."""
        read = read_options(folder / OPTIONS)
        return cls(read, read_packed(folder / WEIGHTS, read), layers, device)

    def to(self, device: torch.device) -> Self:
        """The same on that device: itself where it is there, else another one, which leaves it where it is."""
        if same_device(device, self._device):
            return self
        other = copy.copy(self)
        other._place(device)
        return other

    def pack(self, folder: Path) -> None:
        """Write options and weights as bundles hold them: JSON and safetensors."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / OPTIONS).write_text(json.dumps(self._options.model_dump(mode="json"), indent=2) + "\n")
        write_packed(folder / WEIGHTS, self._arrays)

    @torch.no_grad()
    def __call__(self, texts: Sequence[Sequence[str]]) -> Tensor:
        """Layers (B, T, L, W) of texts, none of them empty; zero at padding. A text's are the same in any batch."""
        steps = max(map(len, texts))
        found = torch.zeros(len(texts), steps, len(self.config.layers), self.config.width, device=self._device)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        while order and not self.carries:
            longest = len(texts[order[-1]])
            size = max(words_at_once(self._options, self._device) // (longest + 2), 1)
            part, order = order[-size:], order[:-size]
            found[part, :longest] = self._layers([texts[place] for place in part])
        for place in order if self.carries else ():
            found[place, : len(texts[place])] = self._layers([texts[place]])[0]
        return found

    def _place(self, device: torch.device) -> None:
        self._device = device
        self._words = Words(self._options, self._arrays, device)
        self._model = BiLM(self._options)
        self._model.take(self._arrays)
        self._model.to(device).eval().requires_grad_(False)
        self._state: State | None = None

    def _layers(self, texts: Sequence[Sequence[str]]) -> Tensor:
        """Layers (B, T, L, W) of a batch that is computed together."""
        lengths = torch.tensor([len(text) for text in texts], device=self._device)
        steps = int(lengths.max())
        vectors = self._words([word for text in texts for word in text])
        inside = torch.arange(steps, device=self._device) < lengths.unsqueeze(1)  # (B, T)
        padded = vectors.new_zeros(len(texts), steps + 2, vectors.shape[1])
        padded[:, 1:-1][inside] = vectors
        padded[:, 0] = self._words.begin
        padded[torch.arange(len(texts), device=self._device), lengths + 1] = self._words.end
        state = self._state if self.carries else None
        layers, after = self._model(padded.transpose(0, 1), lengths + 2, state)
        if self.carries:
            self._state = after
        chosen = torch.stack([layers[number][1:-1].float() for number in self.config.layers], dim=2)  # (T, B, L, W)
        return chosen.transpose(0, 1) * inside[:, :, None, None]


def words_at_once(options: ElmoOptions, device: torch.device) -> int:
    """Words with padding in one pass: as many as a kind of device likes, and as there is room for their gates."""
    return min(WORDS[device.type], GATES // (8 * options.lstm.dim))
