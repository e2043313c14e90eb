"""A model that needs no weights: what is felt in a text is the label that it names."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from emotion.prediction import Predictions
from emotion.serving.api.served import Busy, ServedModel

LABELS = ("anger", "joy", "sadness")
PROFILE = ("joy", "trust")
MODEL = "0123456789abcdef"


def predictions_of(texts: Sequence[str], explain: bool = False, model: str = MODEL) -> Predictions:
    """Joy, unless another label stands in the text; nothing is felt in an empty one."""
    words = [text.split() for text in texts]
    best = [next((i for i, label in enumerate(LABELS) if label in text), 1) for text in texts]
    scores = np.full((len(texts), 3), 0.1, np.float32)
    scores[np.arange(len(texts)), best] = 0.8
    lengths = [len(each) for each in words]
    flat = [word for each in words for word in each]
    spans = [(text.index(word), text.index(word) + len(word)) for text in texts for word in text.split()]
    weights = [1 / length for length in lengths for _ in range(length)]
    return Predictions(
        labels=LABELS,
        profile_labels=PROFILE,
        scores=scores,
        profile=np.tile(np.array([0.7, 0.3], np.float32), (len(texts), 1)),
        emotions=np.tile(np.array([True, False]), (len(texts), 1)),
        ambiguous=np.zeros(len(texts), bool),
        felt=np.array([bool(length) for length in lengths], bool),
        unknown=np.zeros(len(texts), np.float32),
        words=flat,
        offsets=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        model=model,
        engine="exact",
        attention=np.array(weights, np.float32),
        spans=np.array(spans, np.int32).reshape(-1, 2) if explain else None,
    )


class Fake:
    """Models as the API sees them; `full` makes it busy for those who are not patient."""

    def __init__(self) -> None:
        self.full = False
        self.seen: list[list[str]] = []
        self.failure: Exception | None = None

    async def predict(self, texts: Sequence[str], *, explain: bool = False, patient: bool = False) -> Predictions:
        if self.failure is not None:
            raise self.failure
        if self.full and not patient:
            raise Busy(7)
        self.seen.append(list(texts))
        return predictions_of(texts, explain)

    def served(self) -> list[ServedModel]:
        return [
            ServedModel(
                id=MODEL, name="fake", role="main", share=1, engine="exact", labels=list(LABELS),
                profile_labels=list(PROFILE), languages=["en"], attention=True, since=datetime(2026, 1, 1, tzinfo=UTC),
            )
        ]  # fmt: skip

    def card(self) -> Mapping[str, Any]:
        return {"card": "# Fake", "licence": "none", "metrics": {}}

    def status(self) -> Mapping[str, Any]:
        return {}
