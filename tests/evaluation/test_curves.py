"""Curves by hand and against scikit-learn, and what is left of them when they are thinned."""

import numpy as np
import pytest
from sklearn import metrics

from emotion.evaluation.curves import POINTS, curves, precision_recall_curve, roc_curve, thinned
from tests.evaluation.made import given, random_answers

TRUTH = np.array([True, False, True, False])
SCORES = np.array([0.9, 0.8, 0.7, 0.6], np.float32)


def test_a_roc_curve_by_hand() -> None:
    curve = roc_curve("a", TRUTH, SCORES)
    assert list(curve.x) == [0, 0, 0.5, 0.5, 1]
    assert list(curve.y) == [0, 0.5, 0.5, 1, 1]
    assert curve.area == pytest.approx(3 / 4)  # of 4 pairs of a text with and one without, 3 are in order


def test_a_precision_recall_curve_by_hand() -> None:
    curve = precision_recall_curve("a", TRUTH, SCORES)
    assert list(curve.x) == [0, 0.5, 0.5, 1, 1]
    assert curve.y == pytest.approx((1, 1, 1 / 2, 2 / 3, 1 / 2), abs=1e-4)
    assert curve.area == pytest.approx((1 + 2 / 3) / 2)


@pytest.mark.parametrize("task", ["single", "multi"])
def test_areas_are_of_all_points_though_few_are_kept(task: str) -> None:
    answer = random_answers("multi" if task == "multi" else "single", rows=3000)
    for i, (roc, precision_recall) in enumerate(zip(*curves(answer), strict=True)):
        assert len(roc.x) <= POINTS
        assert len(precision_recall.x) <= POINTS
        assert roc.area == pytest.approx(metrics.roc_auc_score(answer.truth[:, i], answer.shares[:, i]))
        expected = metrics.average_precision_score(answer.truth[:, i], answer.shares[:, i])
        assert precision_recall.area == pytest.approx(expected)
        assert metrics.auc(roc.x, roc.y) == pytest.approx(roc.area, abs=0.005)  # thinned, it is still that curve
        assert list(roc.x) == sorted(roc.x)
        assert list(precision_recall.x) == sorted(precision_recall.x)


def test_a_label_that_all_texts_carry_or_none_has_no_curve() -> None:
    roc, precision_recall = curves(given([[1, 0, 1], [1, 0, 0]], np.eye(3)[:2].tolist(), "multi"))
    assert [curve.label for curve in roc] == [curve.label for curve in precision_recall] == ["c"]


def test_both_ends_stay() -> None:
    x = np.linspace(0, 1, 1000)
    kept = thinned(x, x**2, 50)
    assert len(kept) <= 50
    assert (kept[0], kept[-1]) == (0, 999)
    assert len(thinned(x, np.zeros(1000), 50)) > 40  # even steps


def test_a_short_curve_is_kept_whole() -> None:
    assert thinned(np.arange(5.0), np.arange(5.0), 5).tolist() == [0, 1, 2, 3, 4]
