"""Texts to ids: what training, batch, HTTP and command line all use."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.text.rules import Rules
from emotion.text.tokens import Token, Tokenizer
from emotion.text.vocabulary import UNKNOWN, Vocabulary


@dataclass(frozen=True, slots=True)
class Encoded:
    """N texts, W tokens in all: text i owns `offsets[i]:offsets[i + 1]` of the flat arrays, and may own none."""

    ids: NDArray[np.int32]  # (W,)
    offsets: NDArray[np.int64]  # (N + 1,)
    words: list[str]  # (W,)
    spans: NDArray[np.int32] | None  # (W, 2), start and end in the raw text


class _Ids(dict[str, int]):
    """Ids by word, with the id of the unknown word for all others."""

    def __missing__(self, word: str) -> int:
        return UNKNOWN


class Encoder:
    """Rules and vocabulary together; the same text always gives the same ids, with or without spans."""

    def __init__(self, rules: Rules, vocabulary: Vocabulary) -> None:
        self.rules = rules
        self.vocabulary = vocabulary
        self.tokenizer = Tokenizer(rules, vocabulary.counts)
        self._ids = _Ids(vocabulary.ids)

    def encode(self, texts: Sequence[str], spans: bool = False) -> Encoded:
        """Ids of each text's first `max_tokens` tokens; a text without any gives none."""
        if spans:
            found = [self.tokenizer.spans(text, self.rules.max_tokens) for text in texts]
            tokens = [token for each in found for token in each]
            return self._encoded([token.word for token in tokens], [len(each) for each in found], _places(tokens))
        words, lengths = self._tokens(texts)
        return self._encoded(words, lengths, None)

    def ids(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Ids and offsets of `encode` alone."""
        encoded = self.encode(texts)
        return encoded.ids, encoded.offsets

    def _tokens(self, texts: Sequence[str]) -> tuple[list[str], list[int]]:
        words: list[str] = []
        lengths = []
        for text in texts:
            each = self.tokenizer.tokens(text)[: self.rules.max_tokens]
            words += each
            lengths.append(len(each))
        return words, lengths

    def _encoded(self, words: list[str], lengths: list[int], spans: NDArray[np.int32] | None) -> Encoded:
        ids = np.fromiter(map(self._ids.__getitem__, words), np.int32, len(words))
        offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        return Encoded(ids, offsets, words, spans)


class Remembering(Encoder):
    """An encoder that has met these texts before: it looks their ids up, to the same ids as any other."""

    def __init__(self, encoder: Encoder, texts: Sequence[str]) -> None:
        super().__init__(encoder.rules, encoder.vocabulary)
        known = list(dict.fromkeys(texts))
        self._places = {text: place for place, text in enumerate(known)}
        self._known, self._offsets = encoder.ids(known)

    def ids(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        found = [self._places.get(text) for text in texts]
        places = [place for place in found if place is not None]
        if len(places) < len(found):
            return super().ids(texts)
        starts, ends = self._offsets[places], self._offsets[np.add(places, 1)]
        offsets = np.concatenate(([0], np.cumsum(ends - starts))).astype(np.int64)
        rows = np.repeat(starts - offsets[:-1], ends - starts) + np.arange(offsets[-1])
        return self._known[rows], offsets


def _places(tokens: list[Token]) -> NDArray[np.int32]:
    return np.array([(token.start, token.end) for token in tokens], np.int32).reshape(-1, 2)
