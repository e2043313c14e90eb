"""Labelled sets in memory, their splits, and texts that stand on both sides."""

from pathlib import Path

import numpy as np
import pytest

from emotion.errors import DataError
from emotion.sets.datasets import Data, SetConfig, TextsConfig, drop_leaks, key, load
from emotion.sets.labelled import LabelledSet, joined, several, single


def test_only_keeps_the_rows_that_carry_a_wanted_label() -> None:
    rows = single(["a", "b", "c"], ["joy", "anger", "optimism"]).only(["anger", "joy"])
    assert rows.texts == ["a", "b"]
    assert rows.labels == ("anger", "joy")
    assert rows.targets.tolist() == [[0, 1], [1, 0]]


def test_rows_are_taken_by_number_or_by_mask() -> None:
    rows = single(["a", "b", "c"], ["x", "y", "x"])
    assert rows.take(np.array([2, 0])).texts == ["c", "a"]
    assert rows.take(np.array([False, True, True])).targets.tolist() == [[0, 1], [1, 0]]
    assert rows.carrying("x").tolist() == [True, False, True]


def test_joined_sets_know_the_labels_of_all() -> None:
    both = joined([single(["a"], ["joy"]), several(["b"], [["joy", "fear"]])])
    assert both.labels == ("joy", "fear")
    assert both.targets.tolist() == [[1, 0], [1, 1]]
    assert both.multi


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("@alice Good   morning!", "@bob good morning"),
        ("see https://t.co/abc now", "See http://x.org/y?z=1 NOW..."),
        ("#Good morning", "good morning"),
        ("fish &amp; chips", "fish & chips"),
    ],
)
def test_copies_of_a_text_share_their_key(one: str, other: str) -> None:
    assert key(one) == key(other)


def test_different_texts_have_different_keys() -> None:
    assert key("good morning") != key("good evening")
    assert key("\U0001f600") != key("\U0001f622")
    assert key("!!!") != key("???")


def test_what_is_measured_on_is_not_learnt_from() -> None:
    train = single(["I am glad", "fresh", "@me so SAD!"], ["joy", "joy", "sadness"])
    other = LabelledSet(("fear",), ["so sad", "what"], np.ones((2, 1), np.float32))
    data = Data(
        {"a": {"train": train, "test": single(["i am glad!"], ["joy"])}, "b": {"validation": other}},
        unlabelled=["What?", "new"],
    )
    drop_leaks(data)
    assert data.sets["a"]["train"].texts == ["fresh"]
    assert data.sets["a"]["train"].targets.tolist() == [[1, 0]]
    assert data.unlabelled == ["new"]
    assert data.dropped == {"a": 2, "unlabelled": 1}


def test_a_set_whose_train_split_is_all_held_back_is_refused() -> None:
    rows = single(["same"], ["joy"])
    with pytest.raises(DataError, match="nothing is left"):
        drop_leaks(Data({"a": {"train": rows, "validation": rows}}))


def test_only_names_labels_that_exist(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("a b;joy\n")
    with pytest.raises(DataError, match=r"hope is no label of one\.txt, which has joy"):
        load({"made": SetConfig(format="carer", train=("one.txt",), only=("hope",))}, [], tmp_path)


def test_splits_are_read_below_the_data_root(tmp_path: Path) -> None:
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "one.txt").write_text("a b;joy\n")
    (tmp_path / "sets" / "two.txt").write_text("c d;fear\n")
    (tmp_path / "plain.txt").write_text("e f\n")
    config = SetConfig(format="carer", train=("sets/one.txt", "sets/two.txt"))
    data = load({"made": config}, [TextsConfig(paths=("plain.txt",))], tmp_path)
    assert list(data.sets["made"]) == ["train"]
    assert data.texts() == ["a b", "c d", "e f"]
