from math import log, sqrt

import numpy as np
import pytest

from emotion.stores.significance import PRIOR, log_odds


def test_scores_are_those_of_the_formula() -> None:
    """One cell worked out by hand from Monroe et al. 2008, equations 15 to 22."""
    counts, totals = np.array([[30, 10], [5, 55]]), np.array([400, 600])
    weight = 1000 / 10
    prior = weight * 40 / 1000
    here = log((30 + prior) / (400 + weight - 30 - prior))
    there = log((10 + prior) / (600 + weight - 10 - prior))
    expected = (here - there) / sqrt(1 / (30 + prior) + 1 / (10 + prior))
    assert log_odds(counts, totals)[0, 0] == pytest.approx(expected)


def test_the_prior_grows_no_further_than_its_limit() -> None:
    counts, totals = np.array([[300, 100]]), np.array([40_000, 60_000])
    prior = PRIOR * 400 / 100_000
    here = log((300 + prior) / (40_000 + PRIOR - 300 - prior))
    there = log((100 + prior) / (60_000 + PRIOR - 100 - prior))
    expected = (here - there) / sqrt(1 / (300 + prior) + 1 / (100 + prior))
    assert log_odds(counts, totals)[0, 0] == pytest.approx(expected)


def test_two_groups_mirror_each_other() -> None:
    scores = log_odds(np.array([[30, 10], [5, 55]]), np.array([400, 600]))
    np.testing.assert_allclose(scores[:, 0], -scores[:, 1])


def test_equal_shares_mark_nothing() -> None:
    np.testing.assert_allclose(log_odds(np.array([[20, 30]]), np.array([400, 600])), 0, atol=1e-12)


def test_more_evidence_for_the_same_share_scores_higher() -> None:
    few, many = (log_odds(np.array([[3 * k, k]]), np.array([1000 * k, 1000 * k]))[0, 0] for k in (2, 20))
    assert many > few > 0


def test_no_counts_give_no_scores() -> None:
    assert log_odds(np.zeros((0, 3), np.int64), np.zeros(3, np.int64)).shape == (0, 3)
