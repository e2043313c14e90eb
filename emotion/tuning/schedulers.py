"""Schedulers of Ray Tune as a space names them, counting in epochs, and taught what an earlier attempt saw."""

import json
from collections.abc import Mapping, Sequence
from itertools import accumulate, groupby
from typing import Any

import numpy as np
from ray.tune.schedulers import (
    ASHAScheduler,
    FIFOScheduler,
    MedianStoppingRule,
    PopulationBasedTraining,
    TrialScheduler,
)

from emotion.report.search.found import Trial
from emotion.tuning.checks import mutable
from emotion.tuning.space import Space

# What trials report: so far, the stage's best, and the last epoch's.
EPOCHS, QUALITY, NOW = "epochs", "quality", "select"


def scheduler_of(space: Space) -> TrialScheduler:
    """ASHA (Li et al. 2020), the median rule (Golovin et al. 2017), or population based training."""
    search = space.config.search
    if search.scheduler == "asha":
        most = max(longest(space), search.grace) + 1  # which no trial reaches, so that all end by themselves
        return ASHAScheduler(time_attr=EPOCHS, max_t=most, grace_period=search.grace, reduction_factor=search.reduction)
    if search.scheduler == "median":
        return MedianStoppingRule(time_attr=EPOCHS, grace_period=search.grace)
    if search.scheduler == "pbt":
        return PopulationBasedTraining(
            time_attr=EPOCHS,
            metric=NOW,
            mode="max",
            perturbation_interval=search.interval,
            custom_explore_fn=Explorer(space),
            log_config=False,
            require_attrs=False,
        )
    return in_order()


def in_order() -> TrialScheduler:
    """No scheduler: all trials run to their end."""
    plain: Any = FIFOScheduler
    made: TrialScheduler = plain()
    return made


def longest(space: Space) -> int:
    """Epochs of the longest recipe, as far as a hundred draws tell."""
    from emotion.tuning.proposing.chance import drawn

    random = np.random.default_rng(0)
    documents = [space.document(drawn(space, random)) for _ in range(100)]
    return max(sum(int(stage.get("epochs", 5)) for stage in document["stages"]) for document in documents)


def teach(scheduler: TrialScheduler, trials: Sequence[Trial]) -> None:
    """Tell a new scheduler of the trials of an earlier attempt, epoch by epoch, so that it compares with them.

    A population is left out: its members that are done take no part any more.
    """
    if not isinstance(scheduler, ASHAScheduler | MedianStoppingRule):
        return
    told: list[Any] = [Earlier(trial) for trial in trials if trial.status != "running" and trial.history]
    nobody: Any = _NoOne()
    for epoch in range(1, max((len(earlier.results) for earlier in told), default=0) + 1):
        for earlier in told:
            if epoch == 1:
                scheduler.on_trial_add(nobody, earlier)
            if epoch <= len(earlier.results):
                scheduler.on_trial_result(nobody, earlier, earlier.results[epoch - 1])


class Earlier:
    """Stands for a trial of an earlier attempt."""

    def __init__(self, trial: Trial) -> None:
        self.trial_id = f"earlier-{trial.number}"
        so_far: list[float] = []
        for _, records in groupby(trial.history, key=lambda record: record.get("stage", 1)):
            so_far += accumulate((record["select"] for record in records), max)
        self.results: list[dict[str, Any]] = [
            {EPOCHS: number, QUALITY: value, NOW: trial.history[number - 1]["select"]}
            for number, value in enumerate(so_far, 1)
        ]


class _NoOne:
    """Stands for Ray's controller, which has no trials yet."""

    def get_live_trials(self) -> set[Any]:
        return set()


class Explorer:
    """Changes the values of a good trial for one that takes them over."""

    def __init__(self, space: Space) -> None:
        self._space, self._names = space, mutable(space)
        self._random = np.random.default_rng([space.config.search.seed, 2])

    def __call__(self, config: Mapping[str, Any]) -> dict[str, Any]:
        given = dict(config["given"])
        values = json.loads(given["values"])
        for name in self._names:
            if name in values:
                values[name] = self._space.parameters[name].changed(values[name], self._random)
        return dict(config) | {"given": given | {"values": json.dumps(values)}}
