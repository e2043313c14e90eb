"""Kinds of texts, side by side."""

from pathlib import Path

from emotion.training.recipe import check
from emotion.training.trainer import train
from emotion.tuning.slices import on_validation, side_by_side
from tests.report.made_evaluation import made_evaluation
from tests.training.made_sets import recipe
from tests.tuning.made import space


def test_each_kind_has_the_main_measure_of_every_model() -> None:
    lines = side_by_side({"one": made_evaluation(), "other": made_evaluation(plus=0.05)})
    (short,) = [line for line in lines if line.place.endswith(".emotion.macro_f1")]
    assert (short.kind, short.rows, short.values) == ("short", 12, {"one": 0.9, "other": 0.9 + 0.05})


def test_all_candidates_are_measured_on_validation_alone(tmp_path: Path) -> None:
    made = space(tmp_path)
    stage = recipe()["stages"][0] | {"epochs": 1}
    bundle = train(check(recipe(stages=[stage]), "tiny"), tmp_path)
    lines = on_validation(made, tmp_path, {"one": bundle, "other": bundle})
    assert {"single.validation.emotion.macro_f1", "several.validation.profile.jaccard"} <= {one.place for one in lines}
    assert all(".validation." in line.place for line in lines)
    assert all(line.values.keys() == {"one", "other"} for line in lines)
