"""Drift: what the latest texts show (`emotion.evaluation.observed`), beside what the bundle was measured with.

A mix of emotions is compared by the population stability index (PSI; Siddiqi, Credit Risk Scorecards, 2006), whose
usual sign of a shift is 0.2.
"""

import logging
from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np

from emotion.evaluation.observed import Observed, Sums, sums_of
from emotion.prediction import Predictions, joined
from emotion.serving.api.metrics import Metrics
from emotion.serving.api.served import Role

LOG = logging.getLogger("emotion.serving")
WINDOW = 10_000  # texts
ENOUGH = 500  # texts, before anything is said
_LOOKS = 100  # while the window changes
_FLOOR = 1e-3  # share below which an emotion's share is taken to be this
# How far a measure may lie from the bundle's: the difference of shares, the ratio of lengths, the PSI of mixes.
_FAR = {"unknown": 0.1, "confidence": 0.1, "words": 1.5, "mix": 0.2}


class Drift:
    """The window of one model; `names` are its id and its role."""

    def __init__(
        self,
        expected: Observed | None,
        metrics: Metrics,
        names: tuple[str, Role],
        window: int = WINDOW,
        enough: int = ENOUGH,
    ) -> None:
        self.expected, self._metrics, self._names = expected, metrics, names
        self._window, self._enough = window, enough
        self._parts: deque[Sums] = deque()
        self._sums = Sums()
        self._fresh: list[Predictions] = []  # not looked at yet: one by one that would cost a twelfth of a request
        self._untold = window  # texts since the last look
        self._far: set[str] = set()

    def add(self, predictions: Predictions) -> None:
        """Take in what was predicted, and let go of what is too long ago; a measure that goes far is logged once."""
        if not len(predictions):
            return
        self._fresh.append(predictions)
        self._untold += len(predictions)
        if self._untold * _LOOKS >= self._window:
            self._look()

    def status(self) -> dict[str, Any]:
        """As `/v1/models` shows it: how many texts were looked at, and each measure now and of the bundle."""
        self._look()
        here, there = self._sums.observed(), self.expected
        measures = [
            {
                "name": name,
                "now": getattr(here, name),
                "bundle": None if there is None else getattr(there, name),
                "drifting": name in self._far,
            }
            for name in ("unknown", "confidence", "words")
        ]
        mix = self.distances().get("mix")
        measures.append(
            {"name": "mix", "now": mix, "bundle": None if there is None else 0.0, "drifting": "mix" in self._far}
        )
        said = "" if there else "This bundle keeps no statistics to compare with."
        return {
            "texts": here.texts,
            "window": self._window,
            "measures": measures,
            "emotions": here.emotions,
            "said": said,
        }

    def distances(self) -> dict[str, float]:
        """How far each measure lies from the bundle's, in the units of its limit; nothing before there is enough."""
        if self.expected is None or self._sums.texts < self._enough:
            return {}
        here, there = self._sums.observed(), self.expected
        ratio = max(here.words, _FLOOR) / max(there.words, _FLOOR)
        return {
            "unknown": abs(here.unknown - there.unknown),
            "confidence": abs(here.confidence - there.confidence),
            "words": max(ratio, 1 / ratio),
            "mix": psi(here.emotions, there.emotions),
        }

    def _look(self) -> None:
        """Take in what is fresh, and tell."""
        if not self._fresh:
            return
        self._parts.append(sums_of(joined(self._fresh)))
        self._sums.add(self._parts[-1])
        self._fresh, self._untold = [], 0
        while len(self._parts) > 1 and self._sums.texts - self._parts[0].texts >= self._window:
            self._sums.add(self._parts.popleft(), -1)
        self._tell()

    def _tell(self) -> None:
        here = self._sums.observed()
        for side, observed in (("observed", here), ("expected", self.expected)):
            if observed is not None:
                for measure in ("unknown", "confidence", "words"):
                    self._metrics.drift.labels(*self._names, measure, side).set(getattr(observed, measure))
        for measure, distance in self.distances().items():
            far = distance > _FAR[measure]
            self._metrics.drift.labels(*self._names, measure, "distance").set(distance)
            self._metrics.drifting.labels(*self._names, measure).set(far)
            if far and measure not in self._far:
                LOG.warning("drift: %s lies %.3g from the bundle's, beyond %g", measure, distance, _FAR[measure])
            (self._far.add if far else self._far.discard)(measure)


def psi(here: Mapping[str, float], there: Mapping[str, float]) -> float:
    """Population stability index of two mixes: 0 where they are equal."""
    total = 0.0
    for name in {*here, *there}:
        a, b = max(here.get(name, 0.0), _FLOOR), max(there.get(name, 0.0), _FLOOR)
        total += (a - b) * float(np.log(a / b))
    return total
