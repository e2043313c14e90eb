"""What texts look like to a model: measured on validation and kept in its bundle, and measured again where it serves.

Four measures: the share of unknown words, the mean probability of the best label among what is felt, the mean number
of words, and the share of each emotion (`none` among them).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from emotion.prediction import Predictions

KEPT = "expected"  # its key among a bundle's metrics
NONE = "none"
_BLOCK = 4096  # texts predicted at once


class Observed(msgspec.Struct, frozen=True):
    """What texts show: means over texts, and the share of each emotion; `texts` is how many they were."""

    texts: int
    unknown: float
    confidence: float
    words: float
    emotions: dict[str, float]


class Sums(msgspec.Struct):
    """The sums behind `Observed`."""

    texts: int = 0
    unknown: float = 0.0
    felt: int = 0
    confidence: float = 0.0
    words: int = 0
    emotions: Counter[str] = msgspec.field(default_factory=Counter)

    def add(self, other: "Sums", sign: int = 1) -> None:
        """Add other sums, or take them out again."""
        for name in ("texts", "unknown", "felt", "confidence", "words"):
            setattr(self, name, getattr(self, name) + sign * getattr(other, name))
        for emotion, texts in other.emotions.items():
            self.emotions[emotion] += sign * texts

    def observed(self) -> Observed:
        """The means."""
        texts = max(self.texts, 1)
        shares = {emotion: count / texts for emotion, count in sorted(self.emotions.items()) if count > 0}
        confidence = self.confidence / max(self.felt, 1)
        return Observed(self.texts, self.unknown / texts, confidence, self.words / texts, shares)


def sums_of(predictions: Predictions) -> Sums:
    """What these texts add."""
    best = np.where(predictions.felt, predictions.best, -1)
    counts = Counter(best.tolist())
    return Sums(
        texts=len(predictions),
        unknown=float(predictions.unknown.sum()),
        felt=int(predictions.felt.sum()),
        confidence=float(predictions.scores.max(axis=1, initial=0)[predictions.felt].sum()),
        words=int(predictions.offsets[-1]),
        emotions=Counter({NONE if i < 0 else predictions.labels[i]: count for i, count in counts.items()}),
    )


def observe(predict: Callable[[Sequence[str]], Predictions], texts: Sequence[str]) -> Observed:
    """What these texts look like to a predictor."""
    together = Sums()
    for start in range(0, len(texts), _BLOCK):
        together.add(sums_of(predict(texts[start : start + _BLOCK])))
    return together.observed()


def expected_of(metrics: Mapping[str, Any]) -> Observed | None:
    """What a bundle keeps among its metrics; None where it keeps nothing, as bundles of before do."""
    try:
        return msgspec.convert(metrics[KEPT], Observed)
    except (KeyError, msgspec.ValidationError):
        return None
