"""A recipe trained without one of its sets, and measured on it."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from emotion.errors import ConfigError
from emotion.evaluation.bootstrap import Resampling
from emotion.evaluation.evaluate import Depth
from emotion.predictor import Predictor
from emotion.sets.datasets import SetConfig, load
from emotion.sets.labelled import LabelledSet
from emotion.training.left_out import leave_one_set_out, taught, without
from emotion.training.recipe import Recipe, check
from emotion.training.trainer import train
from emotion.training.watcher import Watcher
from tests.training.made_sets import recipe, write_sets

DEPTH = Depth(Resampling(50), errors=2)
QUICK = [
    {"sets": ["single", "several"], "epochs": 6, "batch_size": 4, "optimiser": {"learning_rate": 0.05, "ema": 0.5}}
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_sets(tmp_path)
    return tmp_path


def made(**changes: Any) -> Recipe:
    return check(recipe(stages=QUICK) | changes, "made")


def rows(of: Recipe, root: Path) -> dict[str, LabelledSet]:
    return {name: config.load(root)["train"] for name, config in of.sets.items()}


def test_what_is_learnt_from_others_is_measured_on_the_set_left_out(root: Path) -> None:
    """Both sets say the same with the same words, so a model of one knows the other."""
    whole = Predictor(train(made(), root))
    found = leave_one_set_out(made(), root, depth=DEPTH, whole=whole)
    assert found.skipped == {}
    assert list(found.evaluations) == list(found.whole) == ["single", "several"]
    (single,) = found.evaluations["single"].sets
    assert (single.name, single.split, single.rows) == ("single", "test", 12)
    heads = {head.head: head for head in single.heads}
    assert heads["emotion"].measures["accuracy"].value > 0.9
    assert heads["emotion"].baseline is not None
    assert heads["emotion"].baseline.train == "several"
    (several,) = found.evaluations["several"].sets
    assert [head.head for head in several.heads] == ["emotion"]  # only `several` teaches the profile
    assert found.evaluations["single"].model.id != whole.bundle.id
    assert found.whole["single"].model.id == whole.bundle.id


def test_the_set_left_out_teaches_and_chooses_nothing(root: Path) -> None:
    whole = made(
        felt={"emotional": "single", "neutral": "several"},
        unlabelled=[{"paths": ["single-train.txt"]}, {"paths": ["several-train.txt"]}],
        stages=[*QUICK, QUICK[0] | {"sets": ["single"]}],
    )
    left = without(whole, "single", rows(whole, root))
    assert [[draw.name for draw in stage.draws] for stage in left.stages] == [["several"]]
    assert left.sets["single"].train == left.sets["single"].validation == ()
    assert left.sets["single"].test == ("single-test.txt", "single-validation.txt", "single-train.txt")
    assert left.sets["several"] == whole.sets["several"]
    assert left.select == {"several.profile.jaccard": 1}
    assert left.felt is None
    assert [texts.paths for texts in left.unlabelled] == [("several-train.txt",)]


def test_a_recipe_without_a_set_has_no_faults(root: Path) -> None:
    left = without(made(), "single", rows(made(), root))
    assert check(left.model_dump(mode="json"), "left") == left


def test_a_set_held_back_from_its_own_train_file_is_measured_whole(root: Path) -> None:
    sets = recipe()["sets"] | {"single": {"format": "carer", "train": ["single-train.txt"], "split": {"test": 0.25}}}
    whole = made(sets=sets, select={"several.profile.jaccard": 1})
    found = leave_one_set_out(whole, root, depth=DEPTH)
    (single,) = found.evaluations["single"].sets
    assert (single.split, single.rows) == ("train", 36)


def test_a_set_with_a_test_file_is_measured_on_that_whatever_else_is_held_back(root: Path) -> None:
    single = recipe()["sets"]["single"]
    held = {key: value for key, value in single.items() if key != "validation"} | {"split": {"validation": 0.25}}
    whole = made(sets=recipe()["sets"] | {"single": held}, select={"several.profile.jaccard": 1})
    tested = len(SetConfig.model_validate(single).load(root)["test"].texts)
    (found,) = leave_one_set_out(whole, root, depth=DEPTH).evaluations["single"].sets
    assert (found.split, found.rows) == ("test", tested)


def test_no_pool_keeps_texts_of_the_set_left_out(root: Path) -> None:
    """What teachers said of its training texts would teach the set after all."""
    texts = SetConfig.model_validate(recipe()["sets"]["single"]).load(root)["train"].texts
    others = [f"pool {number} so happy" for number in range(4)]
    labels = {f"emotion.{label}": [0.8 if label == "joy" else 0.1] * 40 for label in ("anger", "fear", "joy")}
    parquet.write_table(
        pa.table({"text": [f"RT @x: {text}" for text in texts] + others} | labels), root / "pool.parquet"
    )
    pool = {"format": "parquet", "columns": {"labels": list(labels)}, "train": ["pool.parquet"]}
    whole = made(sets=recipe()["sets"] | {"pool": pool}, stages=[QUICK[0] | {"sets": ["single", "several", "pool"]}])
    left = without(whole, "single", rows(whole, root))
    assert load(left.sets, (), root).sets["pool"]["train"].texts == others


def test_a_recipe_that_starts_from_a_bundle_cannot_leave_a_set_out(root: Path) -> None:
    with pytest.raises(ConfigError, match="starts from shipped, which may have learnt"):
        leave_one_set_out(made(start={"bundle": "shipped"}), root, depth=DEPTH)


def test_what_was_trained_before_a_kill_is_not_trained_again(root: Path, tmp_path: Path) -> None:
    class Second(Watcher):
        def note(self, line: str) -> None:
            if line.startswith("several left out"):
                raise KeyboardInterrupt

    class Told(Watcher):
        stages = 0

        def stage(self, number: int, count: int, epochs: int) -> None:
            self.stages += 1

    with pytest.raises(KeyboardInterrupt):
        leave_one_set_out(made(), root, Second(), DEPTH, unfinished=tmp_path / "work")
    told = Told()
    found = leave_one_set_out(made(), root, told, DEPTH, unfinished=tmp_path / "work")
    assert list(found.evaluations) == ["single", "several"]
    assert told.stages == 1
    assert not (tmp_path / "work").exists()


def test_heads_that_others_teach(root: Path) -> None:
    whole = made()
    every = rows(whole, root)
    assert taught(whole, every) == ("emotion", "profile")
    assert taught(whole, {"single": every["single"]}) == ("emotion",)
    assert taught(whole, {"several": every["several"]}) == ("emotion", "profile")
    assert taught(whole, {}) == ()


def test_why_a_set_is_not_left_out_is_said(root: Path) -> None:
    whole = made(select={"single.emotion.macro_f1": 1})
    found = leave_one_set_out(whole, root, depth=DEPTH)
    assert list(found.evaluations) == ["several"]
    assert "nothing would choose the epoch" in found.skipped["single"]


def test_a_recipe_of_one_set_cannot_leave_it_out(root: Path) -> None:
    alone = made(
        stages=[QUICK[0] | {"sets": ["single"]}],
        sets={"single": recipe()["sets"]["single"]},
        select={"single.emotion.macro_f1": 1},
        heads=recipe()["heads"][:1],
    )
    with pytest.raises(ConfigError, match=r"None of the recipe's sets.*single: no head that another set teaches"):
        leave_one_set_out(alone, root, depth=DEPTH)
