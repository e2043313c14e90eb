"""What texts look like to a model, in sums that can be added and taken out again."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.evaluation.observed import Sums, observe, sums_of
from emotion.prediction import Predictions
from tests.serving.made import predictions_of


def test_what_texts_show_are_means_and_shares() -> None:
    observed = sums_of(predictions_of(["joy a b", "anger", "", ""])).observed()
    assert observed.texts == 4
    assert observed.words == 1
    assert observed.emotions == {"anger": 0.25, "joy": 0.25, "none": 0.5}
    assert observed.confidence == pytest.approx(0.8)


def test_many_texts_are_observed_in_blocks() -> None:
    asked: list[int] = []

    def predict(texts: Sequence[str]) -> Predictions:
        asked.append(len(texts))
        return predictions_of(texts)

    observed = observe(predict, ["joy", "anger"] * 5000)
    assert (observed.texts, observed.emotions) == (10_000, {"anger": 0.5, "joy": 0.5})
    assert max(asked) < 10_000


@given(st.lists(st.lists(st.sampled_from(["joy", "anger x", ""]), max_size=5), max_size=6))
def test_sums_of_parts_are_the_sum_of_all(parts: list[list[str]]) -> None:
    together = Sums()
    for part in parts:
        together.add(sums_of(predictions_of(part)))
    whole = sums_of(predictions_of([text for part in parts for text in part]))
    assert together.texts == whole.texts
    assert np.isclose(together.confidence, whole.confidence)
    assert +together.emotions == +whole.emotions
