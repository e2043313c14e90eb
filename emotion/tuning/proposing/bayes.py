"""Optuna's TPE (Bergstra et al. 2011; with several objectives Ozaki et al. 2020) over a space with conditions."""

import json
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import optuna
from optuna.trial import Trial, TrialState

from emotion.tuning.objectives import DIRECTIONS
from emotion.tuning.parameter import Parameter
from emotion.tuning.proposing.chance import Chance
from emotion.tuning.space import Space, Values

STARTUP = 10  # trials by chance before anything is learnt


class Bayes:
    """A study in memory; a search that goes on tells it all its trials again."""

    def __init__(self, space: Space) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space, search = space, space.config.search
        self._study = optuna.create_study(directions=[DIRECTIONS[objective] for objective in search.objectives])
        self._asked: dict[int, Trial] = {}

    def propose(self, number: int) -> Values:
        search = self._space.config.search
        if number < len(search.start):
            return self._fixed(number, Chance(self._space).propose(number))
        self._study.sampler = _sampler([search.seed, number])
        self._asked[number] = trial = self._study.ask()
        return self._suggested(trial)

    def adopt(self, number: int, values: Values) -> None:
        self._fixed(number, values)

    def tell(self, number: int, values: Values, scores: Sequence[float] | None, epochs: int, whole: bool) -> None:
        """A trial that was stopped early counts as pruned at its last epoch, one that failed as failed."""
        if number not in self._asked:
            self._fixed(number, values)
        trial = self._asked.pop(number)
        if scores is None:
            self._study.tell(trial, state=TrialState.FAIL)
        elif whole or len(scores) > 1:
            self._study.tell(trial, list(scores))
        else:
            trial.report(scores[0], epochs)
            self._study.tell(trial, state=TrialState.PRUNED)

    def _fixed(self, number: int, values: Values) -> Values:
        """A trial of the study with these values."""
        known = {name: _inwards(self._space.parameters[name], value) for name, value in values.items()}
        self._study.enqueue_trial(known)
        self._asked[number] = trial = self._study.ask()
        return self._suggested(trial)

    def _suggested(self, trial: Trial) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, parameter in self._space.parameters.items():
            if parameter.active(values):
                values[name] = _suggested_by(trial, name, parameter)
        return values


def _sampler(seed: Sequence[int]) -> optuna.samplers.TPESampler:
    """Its chance hangs on the trial's number, so that a search that goes on does not draw its first values again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # of what it calls experimental
        return optuna.samplers.TPESampler(
            seed=int(np.random.SeedSequence(seed).generate_state(1)[0]),
            n_startup_trials=STARTUP,
            multivariate=True,
            group=True,
            constant_liar=True,
        )


def _suggested_by(trial: Trial, name: str, parameter: Parameter) -> Any:
    """Optuna's value; what is no plain value it knows by its JSON."""
    if parameter.bounds is None:
        text = trial.suggest_categorical(name, [json.dumps(value) for value in parameter.values])
        return next(value for value in parameter.values if json.dumps(value) == text)
    low, high = parameter.bounds
    if parameter.integer is not None:
        return trial.suggest_int(name, int(low), int(high), step=int(parameter.step or 1), log=parameter.log)
    return trial.suggest_float(name, low, high, step=parameter.step, log=parameter.logarithmic)


def _inwards(parameter: Parameter, value: Any) -> Any:
    return value if parameter.bounds is not None else json.dumps(parameter.own(value))
