"""Measures from counts, against numbers worked out by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from emotion.evaluation.answers import Answers
from emotion.evaluation.counts import features, label_counts, main_measure, measure_names, measured
from emotion.evaluation.metrics import jaccard
from tests.evaluation.made import given, guessing, random_answers


def numbers(answer: Answers, present: list[bool] | None = None) -> dict[str, float]:
    flags = np.ones(len(answer.labels), bool) if present is None else np.array(present)
    found = measured(answer.task, features(answer).sum(axis=0), len(answer), flags)
    return {name: float(value) for name, value in found.items()}


def test_one_label_a_text_by_hand() -> None:
    found = numbers(guessing([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2], 3))
    # a: 2 of 2 guesses, 2 of 3 texts; b: 1 of 2, 1 of 2; c: 1 of 2, 1 of 1
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["macro_precision"] == pytest.approx((1 + 1 / 2 + 1 / 2) / 3)
    assert found["macro_recall"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert found["macro_f1"] == pytest.approx((4 / 5 + 1 / 2 + 2 / 3) / 3)
    assert found["weighted_precision"] == pytest.approx((3 * 1 + 2 / 2 + 1 / 2) / 6)
    assert found["weighted_recall"] == pytest.approx(4 / 6)
    assert found["weighted_f1"] == pytest.approx((3 * 4 / 5 + 2 / 2 + 2 / 3) / 6)
    assert found["micro_precision"] == found["micro_recall"] == found["micro_f1"] == pytest.approx(4 / 6)


def test_several_labels_a_text_by_hand() -> None:
    found = numbers(given([[1, 0], [1, 1], [0, 0]], [[1, 1], [0, 1], [0, 0]], "multi"))
    # a: found once, guessed once, carried twice; b: found once, guessed twice, carried once
    assert found["jaccard"] == pytest.approx((1 / 2 + 1 / 2 + 1) / 3)
    assert found["exact"] == pytest.approx(1 / 3)
    assert found["micro_precision"] == pytest.approx(2 / 3)
    assert found["micro_recall"] == pytest.approx(2 / 3)
    assert found["macro_precision"] == pytest.approx((1 + 1 / 2) / 2)
    assert found["macro_recall"] == pytest.approx((1 / 2 + 1) / 2)
    assert found["macro_f1"] == pytest.approx(2 / 3)


def test_hits_by_hand() -> None:
    found = numbers(given([[1, 1, 0], [1, 0, 1]], [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3]], "hit"))
    assert found == {"hit": 0.5}


def test_a_label_never_carried_nor_guessed_counts_zero_unless_left_out() -> None:
    answer = guessing([0, 1], [0, 1], 3)
    assert numbers(answer)["macro_f1"] == pytest.approx(2 / 3)
    assert numbers(answer, [True, True, False])["macro_f1"] == 1


def test_counts_of_labels() -> None:
    sums = features(guessing([0, 0, 1], [0, 1, 1], 2)).sum(axis=0)
    assert label_counts(sums) == ([1, 1], [1, 2], [2, 1])


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("task", ["single", "multi"])
def test_scikit_learn_says_the_same(task: str, average: str) -> None:
    answer = random_answers("multi" if task == "multi" else "single")
    found = numbers(answer)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        answer.truth, answer.guess, average=average, zero_division=0
    )
    assert found[f"{average}_precision"] == pytest.approx(precision)
    assert found[f"{average}_recall"] == pytest.approx(recall)
    assert found[f"{average}_f1"] == pytest.approx(f1)
    assert found["accuracy" if task == "single" else "exact"] == metrics.accuracy_score(answer.truth, answer.guess)


def test_the_jaccard_index_is_that_of_the_shared_task() -> None:
    answer = random_answers("multi")
    assert numbers(answer)["jaccard"] == pytest.approx(jaccard(answer.truth, answer.guess))
    some = answer.take(np.flatnonzero((answer.truth | answer.guess).any(axis=1)))  # others it counts as wrong
    expected = metrics.jaccard_score(some.truth, some.guess, average="samples")
    assert numbers(some)["jaccard"] == pytest.approx(expected)


def test_every_measure_is_named_in_its_order() -> None:
    assert list(numbers(random_answers("single"))) == list(measure_names("single"))
    assert list(numbers(random_answers("multi"))) == list(measure_names("multi"))


def test_the_main_measure_is_that_of_the_shared_tasks() -> None:
    assert main_measure("single", ("joy", "fear")) == "macro_f1"
    assert main_measure("single", ("negative", "neutral", "positive")) == "macro_recall"
    assert main_measure("multi", ("joy", "fear")) == "jaccard"
    assert main_measure("hit", ("joy", "fear")) == "hit"
