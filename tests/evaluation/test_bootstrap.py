"""Intervals: of known width, paired, the same for the same seed."""

import numpy as np
import pytest
from scipy.stats import binom

from emotion.evaluation.bootstrap import (
    Resampling,
    differences,
    estimate,
    label_differences,
    resampled,
    sides,
)
from tests.evaluation.made import given, guessing, random_answers

HOW = Resampling(2000, 1)


def test_an_interval_of_accuracy_is_that_of_the_binomial() -> None:
    """Of rows drawn with replacement the number answered rightly is binomial: its quantiles are known."""
    answer = guessing([0] * 80 + [1] * 20, [0] * 100, 2)
    (side,) = sides((answer,), HOW)
    found = side.measures["accuracy"]
    low, high = binom.ppf([0.025, 0.975], 100, 0.8) / 100
    assert found.value == 0.8
    assert found.low == pytest.approx(low, abs=0.011)
    assert found.high == pytest.approx(high, abs=0.011)


def test_patterns_are_drawn_as_often_as_rows_would_be() -> None:
    rows = np.array([[1.0], [1.0], [1.0], [0.0]])
    drawn = resampled(rows, Resampling(20_000, 0))[:, 0]
    counts = np.bincount(drawn.astype(int), minlength=5) / len(drawn)
    assert counts == pytest.approx(binom.pmf(np.arange(5), 4, 0.75), abs=0.01)


def test_two_models_are_drawn_on_the_same_rows() -> None:
    """What differs in one of ten rows differs in a resample as often as that row comes, whatever else is drawn."""
    truth = [0] * 5 + [1] * 5
    better, worse = guessing(truth, truth, 2), guessing(truth, [1, *truth[1:]], 2)
    first, second = sides((better, worse), HOW)
    samples = (first.samples["accuracy"] - second.samples["accuracy"]) * 10
    assert samples == pytest.approx(np.round(samples))
    assert samples.min() == 0  # never below: on no draw is the worse model better
    found = differences(first, second)["accuracy"]
    assert found.value == pytest.approx(0.1)
    assert found.low == 0
    assert found.high == pytest.approx(binom.ppf(0.975, 10, 0.1) / 10)


def test_a_model_does_not_differ_from_itself() -> None:
    answer = random_answers("multi")
    first, second = sides((answer, answer), HOW)
    assert {(one.value, one.low, one.high) for one in differences(first, second).values()} == {(0, 0, 0)}
    assert {(one.value, one.low, one.high) for one in label_differences(first, second)} == {(0, 0, 0)}


def test_the_same_seed_gives_the_same_intervals() -> None:
    answer = random_answers("single")
    assert sides((answer,), HOW)[0].measures == sides((answer,), HOW)[0].measures
    assert sides((answer,), HOW)[0].measures != sides((answer,), Resampling(2000, 2))[0].measures


def test_many_patterns_are_drawn_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).random((50, 3))
    whole = resampled(rows, Resampling(100, 5))
    monkeypatch.setattr("emotion.evaluation.bootstrap._DRAWN", 7 * 50)
    assert resampled(rows, Resampling(100, 5)) == pytest.approx(whole)


def test_no_resamples_give_no_intervals() -> None:
    (side,) = sides((random_answers("single"),), Resampling(0))
    assert side.measures["accuracy"].low is None
    assert side.per_label[0].f1.high is None


def test_the_percentile_interval_of_samples() -> None:
    found = estimate(7, np.arange(101.0))
    assert (found.value, found.low, found.high) == pytest.approx((7, 2.5, 97.5))


def test_labels_have_intervals_of_their_own() -> None:
    (side,) = sides((guessing([0, 0, 1, 1], [0, 1, 1, 1], 2),), HOW)
    first = side.per_label[0]
    assert (first.label, first.support, first.guesses, first.hits) == ("a", 2, 1, 1)
    assert (first.precision, first.recall) == (1, 0.5)
    assert first.f1.value == pytest.approx(2 / 3)
    assert first.f1.low is not None
    assert first.f1.low <= first.f1.value <= (first.f1.high or 0)


def test_hits_have_no_labels_of_their_own() -> None:
    (side,) = sides((given([[1, 1], [1, 0]], [[1, 0], [0, 1]], "hit"),), HOW)
    assert side.per_label == ()
    assert side.measures["hit"].value == 0.5


def test_means_over_the_labels_that_occur() -> None:
    answer = guessing([0, 1], [0, 1], 3)
    assert sides((answer,), HOW)[0].measures["macro_f1"].value == 1
