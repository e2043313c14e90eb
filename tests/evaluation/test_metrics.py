"""Measures and thresholds against numbers computed by hand."""

import numpy as np
import pytest

from emotion.evaluation import metrics, thresholds


def test_single_label_numbers() -> None:
    truth, guess = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 2, 2])
    found = metrics.single_label(truth, guess, ("a", "b", "c"))
    assert found["rows"] == 6
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["micro_f1"] == pytest.approx(4 / 6)
    assert found["labels"]["a"] == {
        "precision": 1.0,
        "recall": pytest.approx(2 / 3),
        "f1": pytest.approx(0.8),
        "support": 3,
    }
    assert found["labels"]["b"]["f1"] == pytest.approx(0.5)
    assert found["labels"]["c"]["f1"] == pytest.approx(2 / 3)
    assert found["macro_f1"] == pytest.approx((0.8 + 0.5 + 2 / 3) / 3)
    assert found["weighted_f1"] == pytest.approx((3 * 0.8 + 2 * 0.5 + 2 / 3) / 6)


def test_a_label_that_no_text_carries_is_in_no_mean() -> None:
    found = metrics.single_label(np.array([0, 1]), np.array([0, 1]), ("a", "b", "c"))
    assert found["labels"]["c"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}
    assert found["macro_f1"] == 1


def test_jaccard_counts_an_empty_row_that_is_left_empty_as_right() -> None:
    truth = np.array([[1, 1, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0]], bool)
    guess = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0], [1, 0, 0]], bool)
    assert metrics.jaccard(truth, guess) == pytest.approx((1 / 3 + 1 + 0 + 1) / 4)


def test_multi_label_numbers() -> None:
    truth, guess = np.array([[1, 0], [1, 1], [0, 0]], bool), np.array([[1, 1], [0, 1], [0, 0]], bool)
    found = metrics.multi_label(truth, guess, ("a", "b"))
    assert found["jaccard"] == pytest.approx((0.5 + 0.5 + 1) / 3)
    assert found["micro_f1"] == pytest.approx(2 * 2 / (3 + 3))
    assert found["macro_f1"] == pytest.approx(2 / 3)
    assert found["labels"]["b"]["precision"] == pytest.approx(0.5)


def test_a_hit_is_a_best_label_among_the_texts_own() -> None:
    scores = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8]], np.float32)
    truth = np.array([[1, 1, 0], [1, 0, 1], [0, 0, 0]], bool)
    assert metrics.hit(scores, truth) == {"rows": 2, "hit": 0.5}


def test_the_global_threshold_has_the_best_jaccard() -> None:
    scores = np.array([[0.30, 0.10], [0.25, 0.28], [0.12, 0.05]], np.float32)
    truth = np.array([[1, 0], [1, 1], [0, 0]], bool)
    assert thresholds.global_threshold(scores, truth) == pytest.approx(0.13)


def test_each_label_may_have_a_threshold_of_its_own() -> None:
    scores = np.array([[0.9, 0.10], [0.6, 0.08], [0.5, 0.06]], np.float32)
    truth = np.array([[1, 1], [0, 1], [0, 0]], bool)
    assert thresholds.label_thresholds(scores, truth) == pytest.approx([0.61, 0.07])


def test_a_label_that_no_row_carries_has_half_for_its_threshold() -> None:
    scores = np.array([[0.9, 0.10], [0.6, 0.08]], np.float32)
    assert thresholds.label_thresholds(scores, np.array([[1, 0], [0, 0]], bool)) == pytest.approx([0.61, 0.5])


def test_the_margin_is_where_the_best_label_is_right_too_seldom() -> None:
    scores = np.array([[0.52, 0.48], [0.55, 0.45], [0.60, 0.40], [0.90, 0.10]], np.float32)
    right = np.array([False, True, True, True])
    assert thresholds.ambiguity_margin(scores, right, 0.5) == pytest.approx(0.20, abs=0.011)
    assert thresholds.ambiguity_margin(scores, right, 0.4) == pytest.approx(0.10, abs=0.011)
    assert thresholds.ambiguity_margin(scores, np.ones(4, bool), 0.6) == 0.0


def test_four_fifths_of_the_emotional_stay_felt() -> None:
    scores = np.linspace(0, 1, 100, dtype=np.float32)
    threshold = thresholds.felt_threshold(scores, 0.8)
    assert (scores >= np.float32(threshold)).mean() == pytest.approx(0.8, abs=0.011)
    assert (scores >= np.float32(threshold)).mean() >= 0.8
