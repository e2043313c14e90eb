"""The linear baseline."""

import numpy as np
import pytest

from emotion.errors import DataError
from emotion.evaluation.baseline import Baseline, baseline_measures
from emotion.sets.labelled import LabelledSet, several, single
from emotion.text.rules import Rules
from emotion.text.tokens import Tokenizer
from tests.training.made_sets import FEELINGS, texts

TOKENIZER = Tokenizer(Rules(), None)


def test_a_set_of_one_label_a_text() -> None:
    names = [label for label in FEELINGS for _ in range(9)]
    train = single([text for label in FEELINGS for text in texts(label, 9)], names)
    test = single(
        [text for label in FEELINGS for text in texts(label, 3, "other")], [n for n in FEELINGS for _ in range(3)]
    )
    found = baseline_measures(TOKENIZER, {"train": train, "test": test})
    assert list(found) == ["test"]
    assert found["test"]["accuracy"] == 1.0


def test_two_labels_are_enough() -> None:
    train = single(["good day", "good", "bad day", "bad"] * 3, ["yes", "yes", "no", "no"] * 3)
    assert baseline_measures(TOKENIZER, {"train": train, "test": train})["test"]["accuracy"] == 1.0


def test_a_set_of_several_labels_a_text() -> None:
    rows = several(
        ["glad love", "glad", "grim", "love", "plain"] * 5, [["joy", "love"], ["joy"], ["anger"], ["love"], []] * 5
    )
    found = baseline_measures(TOKENIZER, {"train": rows, "validation": rows, "test": rows.take(np.arange(5))})
    assert found["validation"]["jaccard"] == 1.0
    assert found["test"]["rows"] == 5


def test_a_split_without_one_of_the_labels_is_measured_all_the_same() -> None:
    train = single(["glad", "grim", "scared"] * 4, ["joy", "anger", "fear"] * 4)
    found = baseline_measures(TOKENIZER, {"train": train, "test": single(["glad", "grim"], ["joy", "anger"])})
    assert found["test"]["accuracy"] == 1.0
    assert found["test"]["labels"]["fear"]["support"] == 0


def test_scores_are_of_the_labels_asked_for() -> None:
    model = Baseline(TOKENIZER, single(["glad", "grim", "scared"] * 4, ["joy", "anger", "fear"] * 4))
    rows = single(["glad", "grim"], ["joy", "anger"])
    found = model.scores_of(("joy", "calm", "anger"), rows)
    assert found.argmax(axis=1).tolist() == [0, 2]
    assert found[:, 1].tolist() == [0, 0]  # calm is none that it knows


def test_a_label_that_all_texts_carry_or_none_is_told_by_its_share() -> None:
    rows = LabelledSet(
        ("always", "joy", "never"),
        ["glad day", "grim day", "glad", "grim"],
        np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 0]], np.float32),
        multi=True,
    )
    found = Baseline(TOKENIZER, rows).scores(rows)
    assert found[:, 0].tolist() == [1] * 4
    assert found[:, 2].tolist() == [0] * 4
    assert (found[:, 1] > 0.5).tolist() == [True, False, True, False]


def test_texts_that_are_all_labelled_alike_are_refused() -> None:
    rows = LabelledSet(("joy", "fear"), ["x", "y"], np.array([[1, 0], [1, 0]], np.float32))
    with pytest.raises(DataError, match="all 2 texts are labelled alike"):
        Baseline(TOKENIZER, rows)
