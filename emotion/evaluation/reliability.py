"""How far a model's confidence can be trusted: reliability bins, expected calibration error, Brier score, temperature.

Naeini et al. (2015), Brier (1950), Guo et al. (2017): scores p become softmax(ln p / T), of a sigmoid head's label
sigmoid(logit(p) / T), with the T of the best likelihood on validation.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.answers import Answers
from emotion.evaluation.metrics import Flags
from emotion.evaluation.result import Bin, Calibration, Reliability
from emotion.sets.labelled import Targets

BINS = 15  # of equal width, as in Guo et al.
TEMPERATURES = (0.05, 20.0)
_TINY = 1e-7

Chances = NDArray[np.float64]


def calibrations(given: Answers, validation: Answers | None) -> tuple[Calibration, ...]:
    """One of the head's best label; of `multi`, one a label. Temperatures where validation answers the same labels."""
    if validation is not None and (validation.task != given.task or validation.labels != given.labels):
        validation = None
    if given.task == "multi":
        return tuple(_of_label(given, validation, i) for i in range(len(given.labels)))
    temperature = None if validation is None else softmax_temperature(validation.shares, validation.truth)
    after = None if temperature is None else _of_best(given, softened(given.shares, temperature))
    return (Calibration(None, _of_best(given, given.shares.astype(np.float64)), after, temperature),)


def calibration_error(given: Answers) -> float:
    """Expected calibration error of a head; of `multi` the mean of its labels."""
    return float(np.mean([one.before.error for one in calibrations(given, None)]))


def reliability(confidence: Chances, right: Flags, brier: float) -> Reliability:
    """Bins of confidence (N,) against how often it is right (N,), and the mean distance of both, weighted by rows."""
    place = np.clip((confidence * BINS).astype(int), 0, BINS - 1)
    bins = [_bin(at, confidence[place == at], right[place == at]) for at in np.unique(place).tolist()]
    error = sum(one.rows * abs(one.right - one.confidence) for one in bins) / max(len(confidence), 1)
    return Reliability(tuple(bins), float(error), brier)


def softened(shares: Targets, temperature: float) -> Chances:
    """Probabilities (N, L) of a softmax whose logits are divided by the temperature."""
    logits = np.log(np.maximum(shares.astype(np.float64), _TINY)) / temperature
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def softened_one(scores: Targets, temperature: float) -> Chances:
    """Probabilities (N,) of sigmoids whose logits are divided by the temperature."""
    inside = np.clip(scores.astype(np.float64), _TINY, 1 - _TINY)
    return np.asarray(1 / (1 + np.exp(-np.log(inside / (1 - inside)) / temperature)))


def softmax_temperature(shares: Targets, truth: Flags) -> float:
    """The temperature that makes the labels of the rows likeliest; of a row with several labels, that any is meant."""

    def surprise(temperature: float) -> float:
        chance = (softened(shares, temperature) * truth).sum(axis=1)
        return float(-np.log(np.maximum(chance, _TINY)).mean())

    return _best(surprise)


def sigmoid_temperature(scores: Targets, truth: Flags) -> float:
    """The temperature that makes one label's flags (N,) likeliest."""

    def surprise(temperature: float) -> float:
        chance = softened_one(scores, temperature)
        return float(-np.log(np.maximum(np.where(truth, chance, 1 - chance), _TINY)).mean())

    return _best(surprise)


def _best(surprise: Callable[[float], float]) -> float:
    from scipy.optimize import minimize_scalar

    bounds = tuple(math.log(bound) for bound in TEMPERATURES)
    found = minimize_scalar(lambda power: surprise(math.exp(power)), bounds=bounds, method="bounded")
    return round(math.exp(float(found.x)), 4)


def _of_best(given: Answers, chances: Chances) -> Reliability:
    """Of one guess a row: its confidence, whether it is right; Brier over all labels, of hits over the guess alone."""
    confidence = chances.max(axis=1)
    distance = (confidence - given.right) ** 2
    if given.task == "single":
        distance = ((chances - given.truth) ** 2).sum(axis=1)
    return reliability(confidence, given.right, float(distance.mean()))


def _of_label(given: Answers, validation: Answers | None, i: int) -> Calibration:
    scores, truth = given.scores[:, i], given.truth[:, i]
    before = _of_flags(scores.astype(np.float64), truth)
    if validation is None or not validation.truth[:, i].any() or validation.truth[:, i].all():
        return Calibration(given.labels[i], before)
    temperature = sigmoid_temperature(validation.scores[:, i], validation.truth[:, i])
    return Calibration(given.labels[i], before, _of_flags(softened_one(scores, temperature), truth), temperature)


def _of_flags(chances: Chances, truth: Flags) -> Reliability:
    return reliability(chances, truth, float(((chances - truth) ** 2).mean()))


def _bin(at: int, confidence: Chances, right: Flags) -> Bin:
    return Bin(at / BINS, (at + 1) / BINS, len(confidence), float(confidence.mean()), float(right.mean()))
