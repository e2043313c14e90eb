"""How much each parameter matters: fANOVA where all trials have all parameters, else permutation.

fANOVA: Hutter et al. 2014, by Optuna. Permutation: Breiman 2001, of a forest by scikit-learn, in which a parameter that
has no meaning in a trial has a value of its own.
"""

import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.report.search.found import Importance, Trial
from emotion.tuning.parameter import Parameter

FEWEST = 8  # trials below which nothing is said
_TREES, _REPEATS = 64, 10


def importance(parameters: Mapping[str, Parameter], trials: Sequence[Trial]) -> Importance | None:
    """Of trials that came to their end, where they are enough, else of all; None where there is nothing to tell."""
    whole = [trial for trial in trials if trial.status == "finished" and trial.quality is not None]
    used = whole if len(whole) >= FEWEST else [trial for trial in trials if trial.quality is not None]
    names = [name for name in parameters if len({json.dumps(trial.values.get(name)) for trial in used}) > 1]
    if len(used) < FEWEST or not names or len({trial.quality for trial in used}) < 2:
        return None
    if all(name in trial.values for trial in used for name in names):
        return Importance("fANOVA", len(used), _fanova(parameters, names, used))
    return Importance("permutation", len(used), _permutation(parameters, names, used))


def _fanova(parameters: Mapping[str, Parameter], names: Sequence[str], trials: Sequence[Trial]) -> dict[str, float]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize")
    for trial in trials:
        kept = {name: _plain(parameters[name], trial.values[name]) for name in names}
        study.add_trial(
            optuna.trial.create_trial(
                params=kept, distributions={name: _spread(parameters[name]) for name in names}, value=trial.quality
            )
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what Optuna calls experimental
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0, n_trees=_TREES)
        found = optuna.importance.get_param_importances(study, evaluator=evaluator, params=list(names))
    return _shares({name: float(value) for name, value in found.items()})


def _permutation(
    parameters: Mapping[str, Parameter], names: Sequence[str], trials: Sequence[Trial]
) -> dict[str, float]:
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance

    table = np.array([[_number(parameters[name], trial.values, name) for name in names] for trial in trials])
    quality: NDArray[np.float64] = np.array([trial.quality for trial in trials], np.float64)
    forest = RandomForestRegressor(_TREES, random_state=0).fit(table, quality)
    found = permutation_importance(forest, table, quality, n_repeats=_REPEATS, random_state=0)
    return _shares(dict(zip(names, found.importances_mean.clip(0).tolist(), strict=True)))


def _shares(values: Mapping[str, float]) -> dict[str, float]:
    """Summing to 1, the greatest first."""
    total = sum(values.values()) or 1.0
    return {name: value / total for name, value in sorted(values.items(), key=lambda item: -item[1])}


def _spread(parameter: Parameter) -> Any:
    """The parameter as Optuna knows it."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if parameter.bounds is None:
        return CategoricalDistribution([json.dumps(value) for value in parameter.values])
    low, high = parameter.bounds
    if parameter.integer is not None:
        return IntDistribution(int(low), int(high), log=parameter.log)
    return FloatDistribution(low, high, log=parameter.logarithmic)


def _plain(parameter: Parameter, value: Any) -> Any:
    return json.dumps(parameter.own(value)) if parameter.bounds is None else value


def _number(parameter: Parameter, values: Mapping[str, Any], name: str) -> float:
    """A value as a tree splits it: by place in a choice; one below all others where it has no meaning."""
    if parameter.bounds is None:
        return float(parameter.values.index(values[name])) if name in values else -1.0
    number = values.get(name, parameter.bounds[0])
    return float(np.log(number) if parameter.logarithmic else number) - (name not in values)
