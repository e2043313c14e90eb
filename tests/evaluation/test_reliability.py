"""Calibration by hand: bins, expected calibration error, Brier score, temperatures with a closed form."""

import math

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from emotion.evaluation.reliability import (
    BINS,
    calibrations,
    reliability,
    sigmoid_temperature,
    softened,
    softened_one,
    softmax_temperature,
)
from tests.evaluation.made import given, random_answers


def logit(share: float) -> float:
    return math.log(share / (1 - share))


def test_the_expected_calibration_error_by_hand() -> None:
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.62, 0.64])
    right = np.array([True, True, True, False, True, True])
    found = reliability(confidence, right, 0.0)
    assert [(one.rows, one.right) for one in found.bins] == [(2, 1.0), (4, 0.75)]
    assert [one.confidence for one in found.bins] == pytest.approx([0.63, 0.95])
    assert found.bins[0].low == pytest.approx(9 / BINS)
    assert found.bins[0].high == pytest.approx(10 / BINS)
    assert found.error == pytest.approx((2 * abs(1 - 0.63) + 4 * abs(0.75 - 0.95)) / 6)


def test_full_confidence_is_in_the_last_bin() -> None:
    (only,) = reliability(np.array([1.0, 1.0]), np.array([True, True]), 0.0).bins
    assert (only.high, only.rows) == (1, 2)


def test_the_brier_score_of_one_label_a_text_is_over_all_labels() -> None:
    (found,) = calibrations(given([[1, 0, 0], [0, 1, 0]], [[0.8, 0.1, 0.1], [0.5, 0.3, 0.2]]), None)
    first = 0.2**2 + 0.1**2 + 0.1**2
    second = 0.5**2 + 0.7**2 + 0.2**2
    assert found.before.brier == pytest.approx((first + second) / 2)
    assert found.label is None
    assert (found.after, found.temperature) == (None, None)


def test_the_brier_score_of_hits_is_over_the_guess() -> None:
    (found,) = calibrations(given([[1, 1, 0], [1, 0, 0]], [[0.1, 0.8, 0.1], [0.3, 0.6, 0.1]], "hit"), None)
    assert found.before.brier == pytest.approx((0.2**2 + 0.6**2) / 2)


def test_several_labels_are_calibrated_each_by_itself() -> None:
    answer = random_answers("multi")
    found = calibrations(answer, answer)
    assert [one.label for one in found] == list(answer.labels)
    for i, one in enumerate(found):
        expected = brier_score_loss(answer.truth[:, i], answer.scores[:, i].astype(float))
        assert one.before.brier == pytest.approx(expected)
        assert one.after is not None
        assert one.after.brier <= one.before.brier + 1e-3  # chosen on these very rows


def test_a_temperature_of_one_changes_nothing_and_a_high_one_doubts() -> None:
    shares = np.array([[0.7, 0.2, 0.1]], np.float32)
    assert softened(shares, 1)[0] == pytest.approx([0.7, 0.2, 0.1])
    square = [0.7**0.5, 0.2**0.5, 0.1**0.5]
    assert softened(shares, 2)[0] == pytest.approx([share / sum(square) for share in square])
    assert softened_one(np.array([0.9], np.float32), 2)[0] == pytest.approx(3 / 4)  # odds 9 become 3


def test_the_temperature_of_a_softmax_that_is_sure_of_90_and_right_in_70_of_100() -> None:
    """Likeliest is where the confidence is the share: logit(0.9) / T = logit(0.7)."""
    shares = np.array([[0.9, 0.1]] * 100, np.float32)
    truth = np.array([[True, False]] * 70 + [[False, True]] * 30)
    assert softmax_temperature(shares, truth) == pytest.approx(logit(0.9) / logit(0.7), rel=1e-3)


def test_the_temperature_of_a_label_that_is_too_modest() -> None:
    scores = np.array([0.6] * 100, np.float32)
    truth = np.array([True] * 80 + [False] * 20)
    assert sigmoid_temperature(scores, truth) == pytest.approx(logit(0.6) / logit(0.8), rel=1e-3)


def test_of_a_row_with_several_labels_any_may_be_meant() -> None:
    shares = np.array([[0.5, 0.4, 0.1]] * 10, np.float32)
    both = np.array([[True, True, False]] * 9 + [[False, False, True]])
    # 0.9 in 10 is what it says already
    assert softmax_temperature(shares, both) == pytest.approx(1, abs=0.01)


def test_temperature_lowers_the_error_that_it_is_chosen_against() -> None:
    scores = [[0.99, 0.01]] * 100
    truth = [[1, 0]] * 75 + [[0, 1]] * 25
    answer = given(truth, scores)
    (found,) = calibrations(answer, answer)
    assert found.after is not None
    assert found.before.error == pytest.approx(0.99 - 0.75)
    assert found.after.error == pytest.approx(0, abs=1e-3)
    assert (found.temperature or 0) > 1


def test_validation_of_another_task_chooses_no_temperature() -> None:
    answer = random_answers("single")
    assert calibrations(answer, random_answers("multi"))[0].temperature is None
    assert calibrations(answer, random_answers("single", labels=3))[0].temperature is None


def test_a_label_that_validation_never_carries_keeps_its_scores() -> None:
    answer = given([[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]], "multi")
    validation = given([[1, 0], [0, 0]], [[0.9, 0.1], [0.2, 0.8]], "multi")
    first, second = calibrations(answer, validation)
    assert first.temperature is not None
    assert second.temperature is None
