"""The linear baseline."""

import numpy as np

from emotion.evaluation.baseline import baseline_measures
from emotion.sets.labelled import several, single
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
