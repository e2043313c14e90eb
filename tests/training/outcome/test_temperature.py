"""Temperatures of heads, chosen on validation."""

import numpy as np
import pytest
from numpy.typing import NDArray

from emotion.evaluation.reliability import softened, softened_one
from emotion.models.config import HeadConfig
from emotion.sets.labelled import several, single
from emotion.training.outcome.calibration import Scored
from emotion.training.outcome.temperature import errors_of, with_temperature

EMOTION = HeadConfig(name="emotion", kind="softmax", labels=("anger", "joy"), primary=True)
PROFILE = HeadConfig(name="profile", kind="sigmoid", labels=("joy", "love"))
COUNT = 4000


def drawn() -> NDArray[np.float32]:
    """Chances (N,), as honest as can be once truth is drawn by them."""
    return np.random.default_rng(0).uniform(0.02, 0.98, COUNT).astype(np.float32)


def emotion(temperature: float) -> Scored:
    """A head that is too sure by this factor of its logits."""
    chance = drawn()
    names = np.where(np.random.default_rng(1).uniform(size=COUNT) < chance, "joy", "anger").tolist()
    shares = np.stack([1 - chance, chance], axis=1)
    return Scored(single(["x"] * COUNT, names), {"emotion": softened(shares, 1 / temperature).astype(np.float32)})


def profile(temperature: float) -> Scored:
    chance = drawn().reshape(-1, 2)
    truth = np.random.default_rng(1).uniform(size=chance.shape) < chance
    names = [[label for label, has in zip(PROFILE.labels, row, strict=True) if has] for row in truth]
    scores = softened_one(chance, 1 / temperature).astype(np.float32)
    return Scored(several(["x"] * len(names), names), {"profile": scores})


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_the_temperature_is_found_again(temperature: float) -> None:
    assert with_temperature(EMOTION, [emotion(temperature)]).temperature == pytest.approx(temperature, rel=0.1)
    assert with_temperature(PROFILE, [profile(temperature)]).temperature == pytest.approx(temperature, rel=0.1)


def test_with_it_the_calibration_error_is_smaller() -> None:
    before = errors_of([EMOTION], {"x": emotion(2.0)})["emotion"]
    after = errors_of([EMOTION], {"x": emotion(1.0)})["emotion"]
    assert before > 0.08
    assert after < 0.03


def test_a_head_that_is_always_right_keeps_its_temperature() -> None:
    sure = Scored(single(["x", "y"], ["joy", "anger"]), {"emotion": np.array([[0.1, 0.9], [0.9, 0.1]], np.float32)})
    assert with_temperature(EMOTION, [sure]) == EMOTION


def test_without_rows_that_tell_of_all_labels_nothing_is_chosen() -> None:
    part = Scored(single(["x"], ["joy"]), {"emotion": np.array([[0.9, 0.1]], np.float32)})
    assert with_temperature(EMOTION, [part]) == EMOTION
    assert with_temperature(EMOTION, []) == EMOTION
    assert errors_of([EMOTION], {}) == {}


def test_a_temperature_of_the_recipe_stays() -> None:
    given = EMOTION.model_copy(update={"temperature": 1.5})
    assert with_temperature(given, [emotion(2.0)]) == given
