"""Several models of one recipe, summarised."""

import numpy as np
import pytest

from emotion.errors import DataError
from emotion.evaluation.result import Baseline, Estimate, HeadEvaluation, LabelNumbers, SetEvaluation
from emotion.evaluation.seeds import spread, summarise
from tests.evaluation.made import evaluation


def measured(accuracy: float, f1: float, name: str = "emotion") -> SetEvaluation:
    labels = (LabelNumbers("joy", 0.5, 0.5, Estimate(f1), 5, 5, 3), LabelNumbers("fear", 0, 0, Estimate(0), 5, 5, 0))
    baseline = Baseline("t", 10, 0, {"accuracy": Estimate(0.4)}, {}, ())
    head = HeadEvaluation(
        name, "softmax", "single", ("joy", "fear"), 10, "accuracy", {"accuracy": Estimate(accuracy)}, labels,
        baseline=baseline,
    )  # fmt: skip
    return SetEvaluation("made", 10, ("joy", "fear"), False, (head,), "test")


def test_mean_and_population_deviation_by_hand() -> None:
    found = spread([2, 4, 4, 4, 5, 5, 7, 9])
    assert (found.mean, found.std) == (5, 2)
    assert found.values == (2, 4, 4, 4, 5, 5, 7, 9)


def test_every_measure_and_label_is_summarised() -> None:
    seeds = summarise([evaluation(measured(0.6, 0.1), seed=1), evaluation(measured(0.8, 0.3), seed=2)])
    assert [model.id for model in seeds.models] == [f"{1:016x}", f"{2:016x}"]
    (head,) = seeds.heads
    assert (head.set, head.split, head.head, head.main, head.rows) == ("made", "test", "emotion", "accuracy", 10)
    assert head.measures["accuracy"].mean == pytest.approx(0.7)
    assert head.measures["accuracy"].std == pytest.approx(0.1)
    assert head.measures["accuracy"].values == (0.6, 0.8)
    assert head.f1["joy"].std == pytest.approx(np.std([0.1, 0.3]))
    assert head.baseline == {"accuracy": 0.4}


def test_one_model_does_not_spread() -> None:
    (head,) = summarise([evaluation(measured(0.6, 0.1))]).heads
    assert head.measures["accuracy"].std == 0


def test_evaluations_of_different_things_are_refused() -> None:
    with pytest.raises(DataError, match="different sets or heads"):
        summarise([evaluation(measured(0.6, 0.1)), evaluation(measured(0.6, 0.1, "other"))])
    with pytest.raises(DataError, match="no evaluations"):
        summarise([])
