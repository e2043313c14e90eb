"""The temperature of each head, chosen on validation before all that is cut from its scores (Guo et al. 2017)."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from emotion.evaluation.answers import Answers, answers
from emotion.evaluation.reliability import (
    TEMPERATURES,
    calibration_error,
    sigmoid_temperature,
    softmax_temperature,
)
from emotion.models.config import HeadConfig
from emotion.training.outcome.calibration import Scored


def with_temperature(head: HeadConfig, validation: Sequence[Scored]) -> HeadConfig:
    """The head with the temperature that makes the labels of validation likeliest.

    It stays as it is without a split that knows all its labels, where it answers all rightly, so that there would be no
    end to its confidence, and where the recipe gives it one.
    """
    given = list(_answered(head, validation))
    return fitted(head, given) if head.temperature == 1 and given else head


def fitted(head: HeadConfig, given: Sequence[Answers]) -> HeadConfig:
    """The head with the temperature that makes these labels likeliest, by scores at temperature 1.

    It stays as it is where there would be no end to its confidence.
    """
    if all(each.right.all() for each in given):
        return head
    shares, truth = (np.concatenate([getattr(each, name) for each in given]) for name in ("shares", "truth"))
    if head.kind == "sigmoid":
        found = sigmoid_temperature(shares.ravel(), truth.ravel())
    else:
        found = softmax_temperature(shares, truth)
    low, high = TEMPERATURES
    return head.model_copy(update={"temperature": found}) if low * 1.1 < found < high / 1.1 else head


def errors_of(heads: Sequence[HeadConfig], validation: Mapping[str, Scored]) -> dict[str, float]:
    """Expected calibration error by head, on the rows that temperatures are chosen on."""
    found = {}
    for head in heads:
        if given := list(_answered(head, list(validation.values()))):
            errors = [calibration_error(each) for each in given]
            found[head.name] = float(np.average(errors, weights=[len(each) for each in given]))
    return found


def _answered(head: HeadConfig, validation: Sequence[Scored]) -> Iterator[Answers]:
    """What the head says of splits that know all its labels; rows of one label a text, where a head gives one."""
    found = [
        answers(head, split.scores[head.name], split.read_by(head))
        for split in validation
        if head.name in split.scores and set(head.labels) <= set(split.read_by(head).labels)
    ]
    given = [each for each in found if each is not None]
    tasks = ["multi"] if head.kind == "sigmoid" else ["single", "hit"]
    wanted = next((task for task in tasks if any(each.task == task for each in given)), None)
    yield from (each for each in given if each.task == wanted)
