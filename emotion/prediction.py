"""What a model says of texts: the one shape that batch, HTTP and command line share."""

from collections.abc import Iterator, Sequence
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

    def part(self, start: int, end: int) -> "Predictions":
        """The predictions of texts `start` to `end`, as if they had been predicted by themselves."""
        first, last = int(self.offsets[start]), int(self.offsets[end])
        return Predictions(
            labels=self.labels,
            profile_labels=self.profile_labels,
            scores=self.scores[start:end],
            profile=self.profile[start:end],
            emotions=self.emotions[start:end],
            ambiguous=self.ambiguous[start:end],
            felt=self.felt[start:end],
            unknown=self.unknown[start:end],
            words=self.words[first:last],
            offsets=self.offsets[start : end + 1] - first,
            model=self.model,
            engine=self.engine,
            attention=None if self.attention is None else self.attention[first:last],
            spans=None if self.spans is None else self.spans[first:last],
        )

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


def joined(parts: Sequence[Predictions]) -> Predictions:
    """Predictions of one model, made in parts (at least one), as if they had been made together."""
    first = parts[0]
    if len(parts) == 1:
        return first
    lengths = np.concatenate([np.diff(part.offsets) for part in parts])
    return Predictions(
        labels=first.labels,
        profile_labels=first.profile_labels,
        scores=np.concatenate([part.scores for part in parts]),
        profile=np.concatenate([part.profile for part in parts]),
        emotions=np.concatenate([part.emotions for part in parts]),
        ambiguous=np.concatenate([part.ambiguous for part in parts]),
        felt=np.concatenate([part.felt for part in parts]),
        unknown=np.concatenate([part.unknown for part in parts]),
        words=[word for part in parts for word in part.words],
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        model=first.model,
        engine=first.engine,
        attention=_together([part.attention for part in parts]),
        spans=_together([part.spans for part in parts]),
    )


def _together(parts: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    present = [part for part in parts if part is not None]
    return np.concatenate(present) if len(present) == len(parts) else None
