"""A word as its characters, and the vector that the character CNN makes of them."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from emotion.models.elmo.arrays import CHARACTERS, Arrays
from emotion.models.elmo.options import CNNOptions, ElmoOptions

BEGIN_TEXT, END_TEXT, BEGIN_WORD, END_WORD, PADDING = 256, 257, 258, 259, 260  # after the 256 bytes of UTF-8
KEPT = 200_000  # words whose vectors are remembered
AT_ONCE = 512  # words through the CNN at a time


def characters(words: Sequence[str], longest: int) -> NDArray[np.int64]:
    """Character ids (N, longest): begin of word, the bytes of its UTF-8 (cut where it is too long), end, padding."""
    ids = np.full((len(words), longest), PADDING, np.int64)
    for row, word in zip(ids, words, strict=True):
        content = word.encode("utf-8", "ignore")[: longest - 2]
        row[0] = BEGIN_WORD
        row[1 : len(content) + 1] = np.frombuffer(content, np.uint8)
        row[len(content) + 1] = END_WORD
    return ids


def boundary(sign: int, longest: int) -> NDArray[np.int64]:
    """Character ids (1, longest) of the begin or the end of a text."""
    ids = np.full((1, longest), PADDING, np.int64)
    ids[0, :3] = BEGIN_WORD, sign, END_WORD
    return ids


class CharacterCNN(nn.Module):
    """Character ids (N, C) to vectors (N, P): filters, maximum over places, highways, projection."""

    def __init__(self, options: CNNOptions, projection: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(CHARACTERS, options.embedding.dim)
        self.filters = nn.ModuleList(nn.Conv1d(options.embedding.dim, number, size) for size, number in options.filters)
        self.carries = nn.ModuleList(nn.Linear(options.width, options.width) for _ in range(options.n_highway))
        self.transforms = nn.ModuleList(nn.Linear(options.width, options.width) for _ in range(options.n_highway))
        self.projection = nn.Linear(options.width, projection)
        self.activation = torch.relu if options.activation == "relu" else torch.tanh

    def forward(self, ids: Tensor) -> Tensor:
        letters = self.embedding(ids).transpose(1, 2)  # (N, D, C)
        found = [self.activation(each(letters).amax(dim=2)) for each in self.filters]
        states = torch.cat(found, dim=1)
        for carry, transform in zip(self.carries, self.transforms, strict=True):
            gate = torch.sigmoid(carry(states))
            states = gate * torch.relu(transform(states)) + (1 - gate) * states
        projected: Tensor = self.projection(states)
        return projected

    @torch.no_grad()
    def take(self, arrays: Arrays) -> None:
        """Take the weights over; TensorFlow keeps matrices as (in, out) and filters as (1, size, in, out)."""
        self.embedding.weight.copy_(_tensor(arrays["char_embed"]))
        for number, layer in enumerate(self.filters):
            layer.get_parameter("weight").copy_(_tensor(arrays[f"CNN/W_cnn_{number}"])[0].permute(2, 1, 0))
            layer.get_parameter("bias").copy_(_tensor(arrays[f"CNN/b_cnn_{number}"]))
        pairs = [("CNN_proj", "proj", self.projection)]
        for number, (carry, transform) in enumerate(zip(self.carries, self.transforms, strict=True)):
            high = f"CNN_high_{number}"
            pairs += [(high, "carry", carry), (high, "transform", transform)]  # type: ignore[list-item]  # Linear both
        for place, name, linear in pairs:
            linear.weight.copy_(_tensor(arrays[f"{place}/W_{name}"]).t())
            linear.bias.copy_(_tensor(arrays[f"{place}/b_{name}"]))


class Words:
    """Vectors of words, each computed once: the first `KEPT` words met are remembered, which holds any vocabulary."""

    def __init__(self, options: ElmoOptions, arrays: Arrays, device: torch.device) -> None:
        self._longest = options.char_cnn.max_characters_per_token
        self._cnn = CharacterCNN(options.char_cnn, options.lstm.projection_dim)
        self._cnn.take(arrays)
        self._cnn.to(device).eval().requires_grad_(False)
        self._device = device
        signs = np.concatenate([boundary(sign, self._longest) for sign in (BEGIN_TEXT, END_TEXT)])
        self.begin, self.end = self._cnn(torch.from_numpy(signs).to(device)).float()
        self._rows: dict[str, int] = {}
        self._table = torch.empty(0, options.lstm.projection_dim, device=device)

    def __len__(self) -> int:
        """Words remembered."""
        return len(self._rows)

    def __call__(self, words: Sequence[str]) -> Tensor:
        """Vectors (N, P) of words."""
        new = list(dict.fromkeys(word for word in words if word not in self._rows))
        fresh = self._computed(new)
        kept = max(min(len(new), KEPT - len(self._rows)), 0)
        self._keep(new[:kept], fresh[:kept])
        places = torch.tensor([self._rows.get(word, -1) for word in words], dtype=torch.long, device=self._device)
        if kept == len(new):
            return self._table[places]
        found = self._table.new_empty(len(words), self._table.shape[1])
        rest = {word: place for place, word in enumerate(new[kept:], kept)}
        others = torch.tensor([rest[word] for word in words if word in rest], device=self._device)
        found[places >= 0] = self._table[places[places >= 0]]
        found[places < 0] = fresh[others]
        return found

    def _keep(self, words: Sequence[str], vectors: Tensor) -> None:
        """Remember the vectors of words; the table grows by half at a time."""
        used = len(self._rows)
        if used + len(words) > len(self._table):
            more = max(len(words), len(self._table) // 2)
            self._table = torch.cat((self._table, self._table.new_empty(more, self._table.shape[1])))
        self._table[used : used + len(words)] = vectors
        self._rows |= {word: used + place for place, word in enumerate(words)}

    def _computed(self, words: Sequence[str]) -> Tensor:
        found = [self._table[:0]]
        for start in range(0, len(words), AT_ONCE):
            ids = torch.from_numpy(characters(words[start : start + AT_ONCE], self._longest))
            found.append(self._cnn(ids.to(self._device)).float())
        return torch.cat(found)


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(array)
