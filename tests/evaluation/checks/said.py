"""Predictions of a made-up model, for tests of what judges them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from emotion.prediction import Predictions

LABELS = ("joy", "anger", "fear")
PROFILE = ("joy", "trust")

Says = Callable[[str], tuple[Mapping[str, float], bool]]
"""Scores by label, and whether anything is felt, of a text."""


def model(says: Says, profile: Says | None = None) -> Callable[[Sequence[str]], Predictions]:
    """A model that says this of texts; labels that are not named score 0, those of the profile are on from 0.5."""

    def predict(texts: Sequence[str]) -> Predictions:
        said = [says(text) for text in texts]
        beside = [(profile or says)(text)[0] for text in texts]
        scores = np.array([[found.get(label, 0.0) for label in LABELS] for found, _ in said], np.float32)
        others = np.array([[found.get(label, 0.0) for label in PROFILE] for found in beside], np.float32)
        count = len(texts)
        return Predictions(
            labels=LABELS,
            profile_labels=PROFILE,
            scores=scores.reshape(count, len(LABELS)),
            profile=others.reshape(count, len(PROFILE)),
            emotions=others.reshape(count, len(PROFILE)) >= 0.5,
            ambiguous=np.zeros(count, bool),
            felt=np.array([felt for _, felt in said], bool),
            unknown=np.zeros(count, np.float32),
            words=[],
            offsets=np.zeros(count + 1, np.int64),
            model="made",
            engine="exact",
        )

    return predict
