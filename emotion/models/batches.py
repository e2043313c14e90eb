"""Encoded texts as padded batches of like lengths, and back: flat arrays in, flat arrays out, no loop over texts."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from emotion.prediction import Ints
from emotion.text.encoder import Encoded
from emotion.text.vocabulary import PAD, UNKNOWN

NO_WORD = "<unk>"  # what contextual vectors read of a text without words


class Batches:
    """The distinct texts of `encoded`, shortest first; a text without words is read as one unknown word.

    A batch holds at most `texts` texts and, padding counted, at most `words` words (or one text). Texts are distinct by
    their ids or, `by_words`, by their words, for models that read unknown words too.
    """

    def __init__(self, encoded: Encoded, texts: int, words: int, device: torch.device, by_words: bool = False) -> None:
        first, inverse = distinct(encoded, by_words)
        lengths = np.diff(encoded.offsets)[first]
        order = np.argsort(lengths, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        self.places: Ints = rank[inverse]  # (N,), row of each text in the batches put together
        self.lengths: Ints = np.maximum(lengths[order], 1)  # (U,)
        self._limits = texts, words
        self._encoded, self._first = encoded, first[order]
        total = len(encoded.ids)
        starts = np.where(lengths > 0, encoded.offsets[first], total)[order]
        self._ids = torch.from_numpy(np.append(encoded.ids, (UNKNOWN, PAD)).astype(np.int64)).to(device)
        self._starts = torch.from_numpy(starts).to(device)
        self._lengths = torch.from_numpy(self.lengths).to(device)
        self._padding = torch.tensor(total + 1, device=device)

    def __len__(self) -> int:
        """Distinct texts."""
        return len(self.lengths)

    def __iter__(self) -> Iterator[tuple[slice, Tensor, Tensor]]:
        """Rows, ids (B, T) and lengths (B,) of each batch."""
        start = 0
        while start < len(self):
            rows = slice(start, self._end(start))
            lengths = self._lengths[rows]
            step = torch.arange(int(self.lengths[rows.stop - 1]), device=lengths.device).unsqueeze(1)
            ids = self._ids[torch.where(step < lengths, self._starts[rows] + step, self._padding)]  # (T, B)
            yield rows, ids.t(), lengths
            start = rows.stop

    def words(self, rows: slice) -> list[list[str]]:
        """Words of the texts in these rows; of a text without any, the one that stands for it."""
        bounds = self._encoded.offsets
        spans = [(bounds[text], bounds[text + 1]) for text in self._first[rows]]
        return [self._encoded.words[start:end] or [NO_WORD] for start, end in spans]

    def _end(self, start: int) -> int:
        texts, words = self._limits
        longest = int(self.lengths[min(start + texts, len(self)) - 1])
        return min(start + max(1, min(texts, words // longest)), len(self))


def distinct(encoded: Encoded, by_words: bool = False) -> tuple[Ints, Ints]:
    """The first text of each distinct sequence of ids (or words), (U,), and which of these each text is, (N,)."""
    ids = encoded.ids
    if by_words:
        met: dict[str, int] = {}
        ids = np.fromiter((met.setdefault(word, len(met)) for word in encoded.words), np.int32, len(ids))
    content, offsets = ids.tobytes(), (encoded.offsets * ids.itemsize).tolist()
    numbers: dict[bytes, int] = {}
    first: list[int] = []
    inverse = np.empty(len(offsets) - 1, np.int64)
    for text, (start, end) in enumerate(pairwise(offsets)):
        number = numbers.setdefault(content[start:end], len(numbers))
        if number == len(first):
            first.append(text)
        inverse[text] = number
    return np.array(first, np.int64), inverse


def ranges(starts: Ints, lengths: Ints) -> Ints:
    """start, start + 1, ... of each range, one range after the other."""
    ends = np.cumsum(lengths)
    return np.repeat(starts - ends + lengths, lengths) + np.arange(ends[-1] if len(ends) else 0)


def starts_of(lengths: Ints) -> Ints:
    """Where each of several ranges begins when they stand one after the other."""
    return np.cumsum(lengths) - lengths


def repeat(encoded: Encoded, texts: Ints) -> Encoded:
    """The texts of `encoded` with these numbers, in this order."""
    lengths = np.diff(encoded.offsets)[texts]
    places = ranges(encoded.offsets[texts], lengths)
    return Encoded(
        ids=encoded.ids[places],
        offsets=np.concatenate(([0], np.cumsum(lengths))),
        words=[encoded.words[place] for place in places.tolist()],
        spans=None if encoded.spans is None else encoded.spans[places],
    )
