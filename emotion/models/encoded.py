"""Encoded texts, padded batch by batch, and the scores of a network on them: what training and evaluation share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emotion.models.batches import NO_WORD
from emotion.models.classifier import Classifier
from emotion.models.config import HeadConfig
from emotion.models.context.rows import ContextRows, Contexts
from emotion.models.scores import probabilities
from emotion.text.encoder import Encoded, Encoder
from emotion.text.vocabulary import PAD, UNKNOWN

BATCH = 256  # rows scored at a time


@dataclass(frozen=True)
class Texts:
    """N encoded texts, none of them empty: text i owns ids[offsets[i]:offsets[i + 1]]."""

    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]
    context: ContextRows | None = None  # layers of contextual vectors of the same texts

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.offsets)

    def batch(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Ids (B, T) padded on the right, and lengths (B,)."""
        lengths = self.lengths[rows]
        steps = np.arange(lengths.max())
        inside = steps < lengths[:, None]
        flat = np.where(inside, self.offsets[rows][:, None] + steps, 0)
        return torch.from_numpy(np.where(inside, self.ids[flat], PAD)), torch.from_numpy(lengths)

    def inputs(self, rows: NDArray[np.int64], device: torch.device) -> tuple[Tensor, ...]:
        """What a classifier reads of these texts: ids, lengths and, where there are any, contextual vectors."""
        ids, lengths = self.batch(rows)
        found = (ids.to(device), lengths.to(device))
        return found if self.context is None else (*found, self.context.batch(rows).to(device))


def encode(encoder: Encoder, texts: Sequence[str], contexts: Contexts | None = None) -> Texts:
    """Ids as the predictor sees them; a text without tokens becomes one unknown word."""
    if contexts is None:
        found, offsets = encoder.ids(texts)
        context = None
    else:
        encoded = encoder.encode(texts)
        found, offsets = encoded.ids, encoded.offsets
        context = contexts.of(list(_words(encoded)))
    ids, lengths = found.astype(np.int64), np.diff(offsets)
    if lengths.all():
        return Texts(ids, offsets.astype(np.int64), context)
    ids = np.insert(ids, offsets[:-1][lengths == 0], UNKNOWN)
    return Texts(ids, np.concatenate(([0], np.cumsum(np.maximum(lengths, 1)))), context)


def _words(encoded: Encoded) -> Iterator[list[str]]:
    for start, end in pairwise(encoded.offsets.tolist()):
        yield encoded.words[start:end] or [NO_WORD]


def scores(model: Classifier, heads: Sequence[HeadConfig], texts: Texts) -> dict[str, NDArray[np.float32]]:
    """Scores (N, L) by head, in the order of the texts."""
    return scores_of(heads, logits(model, heads, texts))


def scores_of(heads: Sequence[HeadConfig], said: Mapping[str, Tensor]) -> dict[str, NDArray[np.float32]]:
    """Scores (N, L) by head of logits."""
    return {head.name: probabilities(head, said[head.name]).numpy() for head in heads}


@torch.inference_mode()
def logits(model: Classifier, heads: Sequence[HeadConfig], texts: Texts) -> dict[str, Tensor]:
    """Logits (N, outputs) by head on the CPU, in the order of the texts."""
    model.eval()
    device = model.embedding.weight.device
    order = np.argsort(texts.lengths, kind="stable")
    found = {head.name: torch.empty(len(texts), head.logits) for head in heads}
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        said = model(*texts.inputs(rows, device)).logits
        for head in heads:
            found[head.name][torch.from_numpy(rows)] = said[head.name].float().cpu()
    return found
