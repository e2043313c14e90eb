"""Learning rates over a stage: the factor of the peak rate at each step."""

import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from emotion.models.config import Share

Schedule = Literal["linear", "cosine", "plateau", "constant"]

LOWEST = 0.05  # factor at the last step of a linear or cosine schedule


class PlateauConfig(BaseModel):
    """How a plateau schedule falls: by `factor`, each time `patience` epochs bring nothing better on validation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    factor: float = Field(default=0.5, gt=0, lt=1)
    patience: int = Field(default=1, ge=1)


class Rate:
    """The factor at each step; `plateau` also listens to what each epoch is worth.

    After the share `warmup` of all steps, over which it rises from 0 in equal steps: linear down to `LOWEST`; cosine
    down to it along half a cosine (Loshchilov and Hutter 2017, arXiv 1608.03983, without restarts); or 1.
    """

    def __init__(self, schedule: Schedule, warmup: Share = 0.0, plateau: PlateauConfig | None = None) -> None:
        self.schedule = schedule
        self.warmup = warmup
        self.plateau = plateau or PlateauConfig()
        self._best = -math.inf
        self._bad = 0
        self._fallen = 1.0

    def factor(self, done: int, total: int) -> float:
        """Factor of the step that follows `done` of `total` steps."""
        rising = round(self.warmup * total)
        if done < rising:
            return self._fallen * (done + 1) / (rising + 1)
        share = (done - rising) / max(total - rising, 1)
        if self.schedule == "linear":
            return max(1 - share, LOWEST)
        if self.schedule == "cosine":
            return LOWEST + (1 - LOWEST) * (1 + math.cos(math.pi * min(share, 1.0))) / 2
        return self._fallen

    def epoch(self, quality: float) -> None:
        """Told what the validation of an epoch gave."""
        if self.schedule != "plateau":
            return
        self._bad = 0 if quality > self._best else self._bad + 1
        self._best = max(quality, self._best)
        if self._bad >= self.plateau.patience:
            self._fallen *= self.plateau.factor
            self._bad = 0

    def state(self) -> dict[str, Any]:
        """What `restore` takes."""
        best = None if self._best == -math.inf else self._best
        return {"best": best, "bad": self._bad, "fallen": self._fallen}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` gave."""
        self._best = -math.inf if state["best"] is None else state["best"]
        self._bad, self._fallen = state["bad"], state["fallen"]
