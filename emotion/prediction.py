"""What a model says of texts: the one shape that batch, HTTP and command line share."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions of N texts, columnar: L labels of the primary head, P of the profile, W words in all.

    `attention` holds one weight a word (mean over hops, summing to 1 in each text), or None for poolings without it.
    `spans` holds start and end of each word in the raw text, when explaining was asked for.
    """

    labels: tuple[str, ...]
    profile_labels: tuple[str, ...]
    scores: Floats  # (N, L), rows sum to 1
    profile: Floats  # (N, P)
    emotions: Bools  # (N, P), above the label's threshold
    ambiguous: Bools  # (N,)
    felt: Bools  # (N,)
    unknown: Floats  # (N,), share of words outside the vocabulary
    words: list[str]  # (W,), normalised tokens of all texts, one after the other
    offsets: Ints  # (N + 1,), text i owns words[offsets[i]:offsets[i + 1]]
    model: str
    engine: str
    attention: Floats | None = None  # (W,)
    spans: NDArray[np.int32] | None = None  # (W, 2)

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def best(self) -> Ints:
        """Index of the best label, (N,)."""
        best: Ints = np.argmax(self.scores, axis=1)
        return best

    @property
    def second(self) -> Ints:
        """Index of the runner-up, (N,)."""
        order: Ints = np.argsort(-self.scores, axis=1, kind="stable")
        return order[:, 1]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each prediction with the keys of `predict --json`."""
        best, second = self.best, self.second
        for i in range(len(self)):
            yield self._row(i, int(best[i]), int(second[i]))

    def _row(self, i: int, best: int, second: int) -> dict[str, Any]:
        return {
            "emotion": self.labels[best],
            "score": float(self.scores[i, best]),
            "scores": dict(zip(self.labels, self.scores[i].tolist(), strict=True)),
            "second": self.labels[second],
            "ambiguous": bool(self.ambiguous[i]),
            "emotions": [label for label, on in zip(self.profile_labels, self.emotions[i], strict=True) if on],
            "profile": dict(zip(self.profile_labels, self.profile[i].tolist(), strict=True)),
            "felt": bool(self.felt[i]),
            "unknown": float(self.unknown[i]),
            "model": self.model,
            "engine": self.engine,
        } | ({"attention": self._attention(i)} if self.spans is not None else {})

    def _attention(self, i: int) -> list[dict[str, Any]] | None:
        if self.attention is None or self.spans is None:
            return None
        return [
            {
                "word": self.words[j],
                "weight": float(self.attention[j]),
                "start": int(self.spans[j, 0]),
                "end": int(self.spans[j, 1]),
            }
            for j in range(int(self.offsets[i]), int(self.offsets[i + 1]))
        ]
