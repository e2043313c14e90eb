"""From logits to what a prediction says: scores, profile, emotions, felt, ambiguous."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from emotion.models.config import HeadConfig, felt_head, primary_head, profile_head
from emotion.models.description import Settings
from emotion.prediction import Bools, Floats


@dataclass(frozen=True, slots=True)
class Read:
    """What the heads say of N texts, as in `Predictions`."""

    scores: Floats  # (N, L)
    profile: Floats  # (N, P)
    emotions: Bools  # (N, P)
    ambiguous: Bools  # (N,)
    felt: Bools  # (N,)


class Reading:
    """How a bundle's logits are read.

    The scores of a primary softmax head are its probabilities, of a binary head those of its two labels, and of a
    sigmoid head its probabilities divided by their sum. Without a sigmoid head the profile has no columns.
    """

    def __init__(self, settings: Settings) -> None:
        self.primary = primary_head(settings.heads)
        self.profile = profile_head(settings.heads)
        self.labels = self.primary.labels
        self.profile_labels = self.profile.labels if self.profile else ()
        self._felt_head = felt_head(settings.heads, settings.felt)
        self._felt_threshold = np.float32(settings.felt.threshold)
        self._margin = settings.ambiguity_margin

    def __call__(self, logits: Mapping[str, Tensor]) -> Read:
        """Read logits (N, outputs) of all heads by name."""
        wanted = {head.name: head for head in (self.primary, self.profile, self._felt_head) if head}
        found = {name: probabilities(head, logits[name]).cpu().numpy() for name, head in wanted.items()}
        scores = summing_to_1(self.primary, found[self.primary.name])
        profile, thresholds = self._profile(found, len(scores))
        top = np.partition(scores, -2, axis=1)[:, -2:]
        return Read(
            scores=scores,
            profile=profile,
            emotions=profile >= thresholds,
            ambiguous=top[:, 1] - top[:, 0] < self._margin,
            felt=feeling(self._felt_head, found[self._felt_head.name]) >= self._felt_threshold,
        )

    def _profile(self, found: Mapping[str, Floats], texts: int) -> tuple[Floats, Floats]:
        if self.profile is None:
            return np.zeros((texts, 0), np.float32), np.zeros(0, np.float32)
        thresholds = self.profile.thresholds or (0.5,) * len(self.profile.labels)
        return found[self.profile.name], np.array(thresholds, np.float32)


def summing_to_1(head: HeadConfig, found: Floats) -> Floats:
    """Probabilities (N, labels) of a head as the scores of a prediction, where it is the primary one."""
    if head.kind != "sigmoid":
        return found
    scores: Floats = found / np.maximum(found.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return scores


def feeling(head: HeadConfig, scores: Floats) -> Floats:
    """The score (N,) that is held against the threshold of `felt`: see `emotion.models.config.Felt`."""
    highest: Floats = scores[:, 1] if head.kind == "binary" else scores.max(axis=1)
    return highest


def probabilities(head: HeadConfig, logits: Tensor) -> Tensor:
    """Calibrated probabilities (N, labels) of a head's logits, in float32."""
    scaled = logits.float() / head.temperature
    if head.kind == "softmax":
        return scaled.softmax(dim=1)
    if head.kind == "binary":
        return torch.cat((-scaled, scaled), dim=1).sigmoid()
    return scaled.sigmoid()
