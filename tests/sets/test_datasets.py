"""Labelled sets in memory, their splits, and texts that stand on both sides."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from emotion.errors import DataError
from emotion.evaluation.answers import answers
from emotion.evaluation.bootstrap import Resampling, sides
from emotion.models.config import HeadConfig
from emotion.sets.copies import key
from emotion.sets.datasets import SPLITS, Data, SetConfig, TextsConfig, drop_leaks, load
from emotion.sets.formats import Columns
from emotion.sets.labelled import LabelledSet, joined, several, single
from emotion.sets.splitting import SplitConfig


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


def test_a_text_carries_a_label_from_a_score_of_one_half_on() -> None:
    rows = LabelledSet(("joy", "fear"), ["a", "b"], np.array([[0.5, 0.49], [0.1, 0.2]], np.float32), multi=True)
    assert rows.flags.tolist() == [[True, False], [False, False]]
    assert rows.carrying("joy").tolist() == [True, False]
    assert rows.only(["joy"]).texts == ["a"]
    assert rows.soft
    assert not single(["a"], ["x"]).soft


def test_labels_renamed_to_one_name_are_one_label() -> None:
    rows = several(["a", "b", "c"], [["glad", "angry"], ["happy"], []]).renamed({"glad": "joy", "happy": "joy"})
    assert rows.labels == ("angry", "joy")
    assert rows.targets.tolist() == [[1, 1], [0, 1], [0, 0]]


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


def test_what_is_measured_on_knows_the_rare_labels_of_the_set(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("a b;joy\nc d;sadness\ne f;surprise\n")
    (tmp_path / "validation.txt").write_text("g h;sadness\ni j;fear\n")
    (tmp_path / "test.txt").write_text("k l;joy\nm n;sadness\n")
    config = SetConfig(format="carer", train=("train.txt",), validation=("validation.txt",), test=("test.txt",))
    splits = config.load(tmp_path)
    assert splits["train"].labels == ("joy", "sadness", "surprise")
    assert splits["validation"].labels == ("fear", "sadness", "joy", "surprise")
    assert splits["test"].labels == ("joy", "sadness", "surprise", "fear")
    assert splits["test"].targets.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]
    head = HeadConfig(name="emotion", kind="softmax", labels=("joy", "sadness", "surprise"), primary=True)
    found = answers(head, np.array([[0.2, 0.1, 0.7]] * 2, np.float32), splits["test"])
    assert found is not None
    assert not found.right.any()
    perfect = answers(head, np.array([[0.7, 0.2, 0.1], [0.2, 0.7, 0.1]], np.float32), splits["test"])
    assert perfect is not None
    assert sides((perfect,), Resampling(0, 0))[0].measures["macro_f1"].value == 1


def test_texts_to_learn_words_from_need_no_labels(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("id,body\n1,a b\n2,c d\n")
    (tmp_path / "two.csv").write_text("body,label\ne f,\n")
    config = TextsConfig(format="csv", columns=Columns(text="body"), paths=("one.csv", "two.csv"))
    assert load({}, [config], tmp_path).texts() == ["a b", "c d", "e f"]


def test_a_set_that_refuses_leaks_names_the_first(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("fresh;joy\nI am GLAD!;joy\nme too;joy\n")
    (tmp_path / "test.txt").write_text("i am glad;joy\nme, too;joy\n")
    config = SetConfig(format="carer", train=("train.txt",), leaks="refuse")
    other = SetConfig(format="carer", test=("test.txt",))
    with pytest.raises(DataError, match=r"made: 2 rows of train are copies .*'I am GLAD!' \(in other, test\)"):
        load({"made": config, "other": other}, [], tmp_path)
    dropping = config.model_copy(update={"leaks": "drop"})
    assert load({"made": dropping, "other": other}, [], tmp_path).dropped == {"made": 2}
    assert load({"made": config}, [], tmp_path).dropped == {"made": 0}


def written(folder: Path, rows: int) -> SetConfig:
    (folder / "all.txt").write_text("".join(f"text number {i};{('joy', 'fear')[i % 2]}\n" for i in range(rows)))
    return SetConfig(format="carer", train=("all.txt",), split=SplitConfig(validation=0.1, test=0.2, seed=3))


def test_a_set_with_train_files_alone_may_be_split(tmp_path: Path) -> None:
    config = written(tmp_path, 100)
    splits = load({"made": config}, [], tmp_path).sets["made"]
    assert {split: len(rows) for split, rows in splits.items()} == {"train": 70, "validation": 10, "test": 20}
    assert sorted(text for rows in splits.values() for text in rows.texts) == sorted(
        f"text number {i}" for i in range(100)
    )
    assert {rows.labels for rows in splits.values()} == {("fear", "joy")}
    again = load({"made": config}, [], tmp_path).sets["made"]
    assert [rows.texts for rows in splits.values()] == [rows.texts for rows in again.values()]


def test_files_of_one_label_each_are_split_as_one_set(tmp_path: Path) -> None:
    for name in ("sad", "glad"):
        (tmp_path / f"{name}.txt").write_text("".join(f"{name} {i}\n" for i in range(50)) + "the same\n")
    paths = ("sad.txt", "glad.txt")
    config = SetConfig(
        format="lines",
        columns=Columns(files={"sad.txt": "negative", "glad.txt": "positive"}),
        train=paths,
        split=SplitConfig(validation=0.2),
    )
    splits = load({"made": config}, [], tmp_path).sets["made"]
    for rows in splits.values():
        assert set(rows.labels) == {"negative", "positive"}
        assert not rows.multi
        negative = rows.carrying("negative").tolist()
        told = zip(rows.texts, negative, strict=True)
        assert all(text.startswith("sad") == flag for text, flag in told if text != "the same")
    assert splits["validation"].flags.sum(axis=0).tolist() == pytest.approx([10, 10], abs=1)
    assert len({split for split, rows in splits.items() if "the same" in rows.texts}) == 1, "copies stay together"
    assert sum(map(len, splits.values())) == 102


def test_validation_may_be_held_back_beside_a_file_of_test(tmp_path: Path) -> None:
    written(tmp_path, 100)
    (tmp_path / "test.txt").write_text("of the file;joy\n" + (tmp_path / "all.txt").read_text().splitlines()[0] + "\n")
    config = SetConfig(format="carer", train=("all.txt",), test=("test.txt",), split=SplitConfig(validation=0.1))
    splits = load({"made": config}, [], tmp_path).sets["made"]
    assert list(splits) == ["train", "validation", "test"]
    assert splits["test"].texts[0] == "of the file"
    held = {split: set(rows.texts) for split, rows in splits.items()}
    assert len(held["validation"]) == 10
    assert not held["train"] & (held["validation"] | held["test"])


def test_a_set_has_the_splits_of_its_files_and_those_made() -> None:
    given = SetConfig(format="carer", train=("a",), test=("b",))
    assert [given.has(split) for split in SPLITS] == [True, False, True]
    made = SetConfig(format="carer", train=("a",), split=SplitConfig(validation=0.1))
    assert [made.has(split) for split in SPLITS] == [True, True, False]


def test_a_set_too_small_for_its_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"all\.txt: 3 rows are too few"):
        load({"made": written(tmp_path, 3)}, [], tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"split": {"validation": 0.5, "test": 0.5}}, "leave something to train on"),
        ({"split": {"validation": 0.0}}, "hold back something"),
        ({"split": {"validation": 0.1, "dev": 0.1}}, "dev"),
        ({"split": {"validation": 0.1}, "train": []}, "no train files"),
        ({"split": {"validation": 0.1}, "validation": ["b"]}, "rows for validation, which have files"),
        ({"split": {"validation": 0.1, "test": 0.1}, "test": ["b"]}, "rows for test, which have files"),
        ({"leaks": "ignore"}, "leaks"),
        ({"columns": {"label": "x", "labels": []}}, "labels"),
        ({"columns": {"delimiter": ", "}}, "delimiter"),
        ({"columns": {"files": {"a": "joy"}}}, "those of carer have their own"),
        ({"format": "lines", "columns": {"files": {"a": "joy"}}, "train": ["a", "b"]}, "to no other; see b"),
        ({"format": "lines", "columns": {"files": {"a": "joy", "c": "fear"}}}, "to no other; see c"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        SetConfig.model_validate({"format": "carer", "train": ["a"]} | changes)


def test_a_split_of_which_only_leaves_nothing_is_refused(tmp_path: Path) -> None:
    header = "ID\tTweet\tanger\tjoy\n"
    (tmp_path / "ec.txt").write_text(header + "1\tso angry\t1\t0\n")
    config = SetConfig(format="semeval-ec", train=("ec.txt",), only=("joy",))
    with pytest.raises(DataError, match=r"No row of ec\.txt is left with only: joy"):
        config.load(tmp_path)
