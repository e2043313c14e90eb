"""What is said of labelled sets."""

from pathlib import Path

import numpy as np
import pytest

from emotion.errors import ConfigError, UsageError
from emotion.sets.facts import Shared, facts
from emotion.sets.labelled import LabelledSet, several, single
from emotion.sets.sources import read_sources


def of(sets: dict[str, dict[str, LabelledSet]], max_tokens: int = 4):  # type: ignore[no-untyped-def]
    return facts(sets, str.split, max_tokens)


def test_rows_labels_and_lengths_are_counted() -> None:
    rows = single(["a", "b c", "d e f", "g h i j k l"], ["joy", "fear", "joy", "joy"])
    found = of({"made": {"train": rows}}).sets["made"]
    train = found.splits["train"]
    assert (train.rows, train.labels_a_row, train.unlabelled, train.copies) == (4, 1, 0, 0)
    assert (train.labels["joy"].rows, train.labels["joy"].share) == (3, 0.75)
    assert (train.lengths.mean, train.lengths.median, train.lengths.longest, train.lengths.cut) == (3, 2.5, 6, 0.25)
    assert train.lengths.p95 == pytest.approx(5.55)
    assert found.together is None


def test_copies_and_contradictions_are_found_by_key() -> None:
    texts = ["So good", "so good!", "@ann so GOOD", "other", "Other?"]
    train = of({"made": {"train": single(texts, ["joy", "joy", "fear", "joy", "joy"])}}).sets["made"].splits["train"]
    assert train.copies == 3
    assert (train.contradictions.texts, train.contradictions.rows) == (1, 3)
    assert train.contradictions.examples == (("So good", ("fear", "joy")),)


def test_labels_that_go_together_are_counted_over_all_splits() -> None:
    one = several(["a", "b", "c"], [["joy", "love"], ["joy"], []])
    other = several(["d"], [["fear", "joy"]])
    found = of({"made": {"train": one, "test": other}}).sets["made"]
    assert found.labels == ("joy", "love", "fear")
    assert found.together == ((3, 1, 1), (1, 1, 0), (1, 0, 1))
    assert (found.splits["train"].unlabelled, found.splits["train"].labels_a_row) == (1, 1)


def test_scores_have_means_and_count_from_one_half_on() -> None:
    rows = LabelledSet(("joy",), ["a", "b"], np.array([[0.75], [0.25]], np.float32), multi=True)
    found = of({"made": {"train": rows}}).sets["made"]
    joy = found.splits["train"].labels["joy"]
    assert (found.soft, joy.rows, joy.mean) == (True, 1, 0.5)


def test_texts_that_splits_share_are_told_with_their_rows() -> None:
    train = single(["One!", "one", "two", "three"], ["joy"] * 4)
    test = single(["ONE", "four"], ["joy"] * 2)
    other = single(["two", "five"], ["fear"] * 2)
    found = of({"a": {"train": train, "test": test}, "b": {"validation": other}})
    assert found.shared == (
        Shared(("a", "train"), ("a", "test"), 1, 2, 1, "One!"),
        Shared(("a", "train"), ("b", "validation"), 1, 1, 1, "two"),
    )
    assert found.sets["a"].leaks == 3
    assert found.to_dict()["shared"][0]["texts"] == 1


def test_the_sets_of_a_recipe_are_read_whatever_else_it_says(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "model: {unknown: 3}\nrules: {lower: false}\nsets: {one: {format: carer, train: [a]}}\n"
    )
    found = read_sources(tmp_path / "a.yaml")
    assert found.sets["one"].train == ("a",)
    assert not found.rules.lower


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sets: {one: {format: word, train: 3}, two: {formt: csv}}", "4 fault"),
        ("name: x", "names no labelled sets"),
        ("[1, 2]", "its top level is no mapping"),
        ("sets: [", "not YAML"),
        ("\x00", "not YAML"),
    ],
)
def test_a_recipe_without_sets_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_sources(tmp_path / "a.yaml")


def test_a_recipe_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_sources(tmp_path / "gone.yaml")
