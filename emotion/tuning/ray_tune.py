"""A round of trials on the connected cluster: Ray Tune around the project's training loop."""

import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import time
from typing import Any, Self
from uuid import uuid4

import ray
from ray import tune
from ray.exceptions import RayError
from ray.tune.schedulers import TrialScheduler
from ray.tune.search import Searcher

from emotion.cluster.connect import on_this_machine
from emotion.errors import JobError
from emotion.report.search.found import Trial
from emotion.report.search.written import so_many
from emotion.tuning.assigner import Assigner, Given
from emotion.tuning.listener import Listener
from emotion.tuning.options import Machines
from emotion.tuning.schedulers import QUALITY, in_order, teach
from emotion.tuning.shelf import Shelf
from emotion.tuning.trial import Work, run_trial

LOSSES = 2  # times that a trial is begun again where its process or its machine died
RETRIES = 4  # times that data are prepared again for a trial where the process that does it died
SETTINGS = {
    "RAY_AIR_NEW_OUTPUT": "0",  # which is never silent
    "RAY_CHDIR_TO_TRIAL_DIR": "0",  # a recipe may name files from where the user stands
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # the record of a trial is our own
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # Ctrl-C is the command's
    "TUNE_DISABLE_STRICT_METRIC_CHECKING": "1",  # a trial that fails has no quality
    "TUNE_GLOBAL_CHECKPOINT_S": "86400",  # what is needed to go on is in the folders of the trials
    "TUNE_RESULT_BUFFER_LENGTH": "1",
    "TUNE_WARN_THRESHOLD_S": "60",
}


@dataclass(frozen=True)
class Engine:
    """A cluster as a search uses it: at most `at_once` trials beside each other, over the data on the shelf."""

    machines: Machines
    at_once: int
    shelf: Any


@contextmanager
def shelf_for(work: Work) -> Iterator[Any]:
    """The shelf of prepared data, on this machine while the search goes on; begun again where its process dies.

    What kills it time after time fails the trials that ask for it, and them alone.
    """
    actor: Any = ray.remote(Shelf)
    shelf = actor.options(**on_this_machine(), max_concurrency=8, max_restarts=-1, max_task_retries=RETRIES).remote(
        work.root, work.home
    )
    try:
        yield shelf
    finally:
        ray.kill(shelf)


def run_round(
    work: Work,
    engine: Engine,
    assigner: Assigner,
    listener: Listener,
    scheduler: TrialScheduler | None = None,
    seconds: float | None = None,
    at_most: int | None = None,
) -> None:
    """Run what the assigner hands out, until it has no more, `at_most` are done, or the seconds are over.

    Raises:
        JobError: Ray cannot go on.
    """
    if assigner.left == 0 or (seconds is not None and seconds <= 0):
        return
    os.environ |= SETTINGS
    work.round.mkdir(parents=True, exist_ok=True)
    scheduler = scheduler or in_order()
    storage = work.round.parent / "ray"
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)  # a trial that is lost is told by us, and goes on
    try:
        with _uncounted():
            _tuner(work, engine, assigner, listener, scheduler, seconds, at_most, str(storage)).fit()
    except (tune.TuneError, RayError) as error:
        raise JobError(f"Ray Tune cannot go on: {str(error).strip().splitlines()[-1]}") from error
    finally:
        shutil.rmtree(storage, ignore_errors=True)
    if seconds is not None and (cut := assigner.interrupt(time() - work.began)):
        listener.note(f"the minutes are over; {so_many(cut)} in work go on where there are more of them")


@contextmanager
def _uncounted() -> Iterator[None]:
    """Ray imports MLflow, W&B and Comet where they are installed, for seconds, to count callbacks for statistics."""
    from ray.air._internal import usage

    counting = usage.tag_callbacks
    vars(usage)["tag_callbacks"] = lambda _: False
    try:
        yield
    finally:
        vars(usage)["tag_callbacks"] = counting


def _tuner(
    work: Work,
    engine: Engine,
    assigner: Assigner,
    listener: Listener,
    scheduler: TrialScheduler,
    seconds: float | None,
    at_most: int | None,
    storage: str,
) -> tune.Tuner:
    given, samples, searcher = _source(assigner, work.population, at_most)
    if not work.population:
        from emotion.tuning.folder import Round

        teach(scheduler, Round(work.round).trials())
    return tune.Tuner(
        tune.with_resources(tune.with_parameters(run_trial, work=work, shelf=engine.shelf), engine.machines.needs),
        param_space=given,
        tune_config=tune.TuneConfig(
            metric=None if work.population else QUALITY,
            mode=None if work.population else "max",
            search_alg=searcher,
            scheduler=scheduler,
            num_samples=samples,
            max_concurrent_trials=None if work.population else engine.at_once,
            time_budget_s=seconds,
            reuse_actors=True,
            trial_name_creator=_name,
            trial_dirname_creator=_name,
        ),
        run_config=tune.RunConfig(
            name=uuid4().hex[:8],
            storage_path=storage,
            verbose=0,
            callbacks=[_Told(assigner, listener)],
            failure_config=tune.FailureConfig(max_failures=LOSSES),
        ),
    )


def _source(assigner: Assigner, population: bool, at_most: int | None) -> tuple[dict[str, Any], int, Searcher | None]:
    """Where Ray takes trials from: a population is known beforehand, all others are asked for one by one."""
    if population:
        all_given = list(iter(assigner.next, None))
        return {"given": tune.grid_search([_config(given) for given in all_given])}, 1, None
    ends = [number for number in (assigner.left, at_most) if number is not None]
    return {}, min(ends, default=-1), _Source(assigner)


def _config(given: Given) -> dict[str, Any]:
    """A trial as Ray carries it; values are text, so that Ray does not look into them."""
    return {"number": given.number, "values": json.dumps(dict(given.values)), "seed": given.seed}


def _name(trial: Any) -> str:
    return f"{trial.config['given']['number']:04d}"


class _Here:
    """What is of this process alone: Ray, which keeps copies of all it is given, has the thing itself or nothing."""

    def __deepcopy__(self, memory: Any) -> Self:
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {}


class _Source(_Here, Searcher):
    """The assigner as Ray asks it."""

    def __init__(self, assigner: Assigner) -> None:
        super().__init__(metric=QUALITY, mode="max")
        self._assigner = assigner

    def suggest(self, trial_id: str) -> Any:
        given = self._assigner.next()
        return Searcher.FINISHED if given is None else {"given": _config(given)}

    def on_trial_complete(self, trial_id: str, result: Mapping[str, Any] | None = None, error: bool = False) -> None:
        """The callback knows more."""

    def save_to_dir(self, checkpoint_dir: str, session_str: str = "default") -> None:
        """The folders of the trials hold all there is to keep."""

    def restore_from_dir(self, checkpoint_dir: str) -> None:
        """See above."""


class _Told(_Here, tune.Callback):
    """Ray's words, passed on; what becomes of a trial goes on record before another one is asked for."""

    def __init__(self, assigner: Assigner, listener: Listener) -> None:
        self._assigner, self._listener = assigner, listener

    def on_trial_result(self, iteration: int, trials: Any, trial: Any, result: Mapping[str, Any], **info: Any) -> None:
        if "quality" in result:
            self._listener.epoch(int(str(trial)), result)

    def on_trial_recover(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
        self._listener.note(f"trial {int(str(trial))}: its process was lost; it goes on after its last whole epoch")

    def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
        self._settle(trial)

    def on_trial_error(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
        self._settle(trial, f"its process was lost {LOSSES + 1} times: {reason_of(trial)}")

    def _settle(self, trial: Any, lost: str = "") -> None:
        found: Trial | None = self._assigner.settle(int(str(trial)), lost)
        if found is not None:
            self._listener.settled(found)


def reason_of(trial: Any) -> str:
    """The sentence in what Ray says of a lost process."""
    error = getattr(trial, "get_error", lambda: None)()
    lines = [line.strip() for line in str(error or "").splitlines() if line.strip()]
    return next((line for line in lines if "memory" in line.lower()), lines[-1] if lines else "Ray does not say why")[
        :300
    ]
