"""Texts to the ids of a transformer, and padded batches of them."""

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emotion.models.encoded import Texts
from emotion.training.teachers.text import TextConfig, cleaned

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PIECE = 4096  # texts cut at a time


class TokenEncoder:
    """A tokenizer with what is done before it and the length that it cuts at."""

    def __init__(self, tokenizer: "PreTrainedTokenizerBase", config: TextConfig, max_length: int) -> None:
        self.tokenizer = tokenizer
        self.config = config
        self.max_length = max_length
        self._pad = tokenizer.pad_token_id or 0

    def encode(self, texts: Sequence[str]) -> Texts:
        """Ids with the tokenizer's special tokens, at most `max_length` a text."""
        pieces = [self._ids(texts[start : start + PIECE]) for start in range(0, len(texts), PIECE)]
        rows = list(chain.from_iterable(pieces))
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        ids = np.fromiter(chain.from_iterable(rows), np.int64, int(lengths.sum()))
        return Texts(ids, np.concatenate(([0], np.cumsum(lengths))))

    def batch(self, texts: Texts, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Ids (B, T), padded on the right, and the mask (B, T) of what is no padding."""
        lengths = texts.lengths[rows]
        steps = np.arange(lengths.max())
        inside = steps < lengths[:, None]
        flat = np.where(inside, texts.offsets[rows][:, None] + steps, 0)
        ids = np.where(inside, texts.ids[flat], self._pad)
        return torch.from_numpy(ids), torch.from_numpy(inside.astype(np.int64))

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        clean = [cleaned(text, self.config) for text in texts]
        found = self.tokenizer(clean, truncation=True, max_length=self.max_length, return_attention_mask=False)
        ids: list[list[int]] = found["input_ids"]
        return ids
