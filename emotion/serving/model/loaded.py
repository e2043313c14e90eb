"""A model that is in memory and was tried."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotion.errors import BundleError
from emotion.evaluation.observed import expected_of
from emotion.models.registry import resolve
from emotion.serving.api.metrics import Metrics
from emotion.serving.api.served import Role, ServedModel
from emotion.serving.model.choice import Beside
from emotion.serving.model.drift import Drift

if TYPE_CHECKING:
    from emotion.predictor import Device, Predictor

_TRIED = ("What a day, I am so happy!", "I miss you 😢 #sad", "", "@someone https://t.co/x", "ß" * 200)


@dataclass(frozen=True, eq=False)
class Loaded:
    """A predictor, by what name it was asked for, where that led to, and what its texts show."""

    predictor: "Predictor"
    name: str
    path: Path
    since: datetime
    drift: Drift

    def served(self, role: Role, share: float) -> ServedModel:
        """As the API tells it."""
        bundle, settings = self.predictor.bundle, self.predictor.bundle.settings
        found = self.predictor(_TRIED[:1])
        return ServedModel(
            id=bundle.id,
            name=self.name,
            role=role,
            share=share,
            engine=self.predictor.engine,
            labels=list(found.labels),
            profile_labels=list(found.profile_labels),
            languages=list(settings.languages),
            attention=found.attention is not None,
            since=self.since,
        )


def load(wanted: Beside, role: Role, device: "Device", metrics: Metrics) -> Loaded:
    """Load a bundle and try it on a few texts.

    Raises:
        BundleError: there is none, it is damaged, or what it says cannot be right.
    """
    from emotion.predictor import Predictor

    path = resolve(wanted.model)
    predictor = Predictor.load(path, device=device, engine=wanted.engine)
    tried = predictor(_TRIED, explain=True)
    sums = tried.scores.sum(axis=1)
    if len(tried) != len(_TRIED) or not np.isfinite(tried.scores).all() or not np.allclose(sums, 1, atol=1e-3):
        raise BundleError(f"The model {wanted.model!r} was tried and gives scores that are none; it is not served.")
    drift = Drift(expected_of(predictor.bundle.metrics), metrics, (predictor.bundle.id, role))
    return Loaded(predictor, wanted.model, path, datetime.now(UTC), drift)
