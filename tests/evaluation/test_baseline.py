"""The linear baseline."""

import numpy as np
import pytest

from emotion.errors import DataError
from emotion.evaluation.baseline import Baseline
from emotion.sets.labelled import LabelledSet, single
from emotion.text.rules import Rules
from emotion.text.tokens import Tokenizer

TOKENIZER = Tokenizer(Rules(), None)


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
