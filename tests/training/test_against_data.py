"""Faults of a recipe that show only beside its data are told before anything is trained."""

from pathlib import Path
from typing import Any

import pytest

from emotion.errors import ConfigError
from emotion.training.recipe import check
from emotion.training.trainer import train
from emotion.training.watcher import Watcher
from tests.training.made_sets import recipe, write_sets

STAGES = [{"sets": ["single", "several"], "epochs": 1}]


class NoTraining(Watcher):
    """Fails the test where training begins."""

    def stage(self, number: int, count: int, epochs: int) -> None:
        raise AssertionError("training began")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_sets(folder)
    return folder


def refused(root: Path, said: str, **changes: Any) -> None:
    with pytest.raises(ConfigError, match=said):
        train(check(recipe(stages=STAGES) | changes, "tiny"), root, NoTraining())


def heads(emotion: str = "fear", profile: str = "fear") -> list[dict[str, Any]]:
    first, second = recipe()["heads"]
    return [
        first | {"labels": [emotion if label == "fear" else label for label in first["labels"]]},
        second | {"labels": [profile if label == "fear" else label for label in second["labels"]]},
    ]


def test_a_misspelt_label_of_a_softmax_head_is_refused(root: Path) -> None:
    refused(
        root,
        r"no row teaches the head 'emotion' faer \(labels of its sets: anger, calm, fear, joy\)",
        heads=heads("faer"),
    )


def test_one_misspelt_label_of_a_sigmoid_head_masks_all_and_is_refused(root: Path) -> None:
    refused(root, "no row teaches the head 'profile' anger, calm, faer, joy", heads=heads(profile="faer"))


def test_a_binary_head_without_rows_is_refused(root: Path) -> None:
    felt = {"name": "felt", "kind": "binary", "labels": ["no", "yes"]}
    refused(root, "no row teaches the head 'felt' no, yes", heads=[*recipe()["heads"], felt])


@pytest.mark.parametrize("key", ["map", "empty"])
def test_a_label_to_be_taught_that_no_row_has_is_refused(root: Path, key: str) -> None:
    how: dict[str, Any] = {"map": {"clam": "calm"}} if key == "map" else {"empty": ["clam"]}
    refused(root, rf"teach\.several\.profile\.{key}: several has no label 'clam'", teach={"several": {"profile": how}})


def test_a_name_of_columns_that_renames_nothing_is_refused(root: Path) -> None:
    sets = recipe()["sets"]
    sets["single"]["columns"] = {"names": {"gladness": "bliss"}}
    refused(root, r"sets\.single\.columns\.names: no label became 'bliss'", sets=sets)


def test_neutral_rows_that_are_not_there_are_missed_before_training(root: Path) -> None:
    felt = {"emotional": "several", "neutral": "several", "neutral_label": "clam"}
    refused(root, r"felt\.neutral_label: no validation row of several is 'clam'", felt=felt)


def test_a_measure_that_is_not_there_is_missed_before_training(root: Path) -> None:
    refused(root, r"select\.single\.emotion\.macro-f1: .*macro_f1", select={"single.emotion.macro-f1": 1})


def test_a_set_left_out_may_leave_heads_untaught(root: Path) -> None:
    stages = [{"sets": ["single"], "epochs": 1}]
    document = recipe(stages=stages, select={"single.emotion.macro_f1": 1})
    assert train(check(document, "tiny"), root, partly=True).heads
