"""Which rows and labels a head is measured on, and as which task."""

import numpy as np
import pytest

from emotion.evaluation.answers import Answers, answers, best, truth_of
from emotion.models.config import HeadConfig
from emotion.sets.labelled import several, single
from tests.evaluation.made import given

SOFTMAX = HeadConfig(name="emotion", kind="softmax", labels=("joy", "anger", "fear"), primary=True)
SIGMOID = HeadConfig(name="profile", kind="sigmoid", labels=("joy", "trust"), thresholds=(0.5, 0.2))


def scores(*rows: tuple[float, ...]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array(rows, np.float32)


def found(answer: Answers | None) -> Answers:
    assert answer is not None
    return answer


def test_one_label_a_text_is_answered_by_the_best_of_the_labels_that_both_know() -> None:
    rows = single(["x", "y", "z"], ["joy", "fear", "calm"])
    answer = found(answers(SOFTMAX, scores((0.3, 0.6, 0.1), (0.2, 0.5, 0.3), (1, 0, 0)), rows))
    assert answer.task == "single"
    assert answer.labels == ("joy", "fear")
    assert answer.rows.tolist() == [0, 1]  # calm is no label of the head
    assert answer.guess.tolist() == [[True, False], [False, True]]
    assert answer.right.tolist() == [True, True]
    assert answer.shares[0].tolist() == pytest.approx([0.75, 0.25])


def test_several_labels_a_text_are_answered_each_by_its_threshold() -> None:
    rows = several(["x", "y"], [["joy", "trust"], []])
    answer = found(answers(SIGMOID, scores((0.4, 0.3), (0.1, 0.1)), rows))
    assert answer.task == "multi"
    assert answer.guess.tolist() == [[False, True], [False, False]]
    assert answer.right.tolist() == [False, True]
    assert len(answer) == 2


def test_a_head_without_thresholds_takes_those_given_or_one_half() -> None:
    rows = several(["x"], [["joy", "trust"]])
    head = SIGMOID.model_copy(update={"thresholds": None})
    assert found(answers(head, scores((0.4, 0.6)), rows)).guess.tolist() == [[False, True]]
    assert found(answers(head, scores((0.4, 0.6)), rows, (0.3, 0.7))).guess.tolist() == [[True, False]]
    assert found(answers(SIGMOID, scores((0.4, 0.6)), rows, (0.3, 0.7))).guess.tolist() == [[False, True]]  # its own


def test_a_head_of_one_label_hits_one_of_several() -> None:
    rows = several(["x", "y", "z"], [["joy", "fear"], ["anger"], []])
    answer = found(answers(SOFTMAX, scores((0.2, 0.2, 0.6), (0.5, 0.3, 0.2), (1, 0, 0)), rows))
    assert answer.task == "hit"
    assert answer.rows.tolist() == [0, 1]
    assert answer.right.tolist() == [True, False]


def test_labels_may_be_narrowed_and_keep_their_thresholds() -> None:
    head = HeadConfig(name="p", kind="sigmoid", labels=("a", "b", "c"), thresholds=(0.9, 0.5, 0.1))
    rows = several(["x"], [["a", "b", "c"]])
    answer = found(answers(head, scores((0.5, 0.5, 0.3)), rows, labels=("c", "a")))
    assert answer.task == "multi"
    assert answer.labels == ("a", "c")
    assert answer.guess.tolist() == [[False, True]]


@pytest.mark.parametrize("names", [["calm", "joy"], ["calm", "grim"]])
def test_fewer_than_two_labels_in_common_are_no_measure(names: list[str]) -> None:
    assert answers(SOFTMAX, scores((1, 0, 0), (1, 0, 0)), single(["x", "y"], names)) is None


def test_another_models_scores_are_read_alike() -> None:
    one = given([[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]])
    assert one.with_scores(scores((0.1, 0.9), (0.1, 0.9))).right.tolist() == [False, True]
    many = given([[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]], "multi")
    assert many.with_scores(scores((0.3, 0.3), (0.1, 0.9)), (0.3, 0.4)).guess.tolist() == [[True, False], [False, True]]


def test_the_first_of_equal_scores_is_the_best() -> None:
    assert best(scores((0.5, 0.5), (0.1, 0.9))).tolist() == [[True, False], [False, True]]


def test_truth_of_a_label_that_the_set_does_not_know_is_never() -> None:
    assert truth_of(("b", "x"), single(["1", "2"], ["a", "b"])).tolist() == [[False, False], [True, False]]
