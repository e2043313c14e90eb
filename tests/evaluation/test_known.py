"""What a recipe's sets say of the texts to measure on."""

from pathlib import Path

import pytest

from emotion.errors import DataError
from emotion.evaluation.held import Named
from emotion.evaluation.known import called, held_file, held_sets, nearest
from emotion.sets.datasets import SetConfig
from emotion.sets.labelled import single
from tests.training.made_sets import recipe, write_sets


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_sets(tmp_path)
    return tmp_path


SETS = {name: SetConfig.model_validate(config) for name, config in recipe()["sets"].items()}


def test_each_set_is_measured_on_test_or_else_on_validation(root: Path) -> None:
    one, other = held_sets(SETS, root, {"several": {"emotion": {"calm": "joy"}}})
    assert (one.measured.name, one.split, len(one.measured.rows)) == ("single", "test", 12)
    assert one.validation is not None
    assert one.validation.name == "single, validation"
    assert one.train is not None
    assert (one.train.name, len(one.train.rows)) == ("single", 36)
    assert (other.measured.name, other.split, other.validation) == ("several", "validation", None)
    assert (one.names, other.names) == ({}, {"emotion": {"calm": "joy"}})


def test_sets_without_anything_to_measure_on_are_refused(root: Path) -> None:
    sets = {"single": SETS["single"].model_copy(update={"validation": (), "test": ()})}
    with pytest.raises(DataError, match="no set with a test or validation split"):
        held_sets(sets, root)


def unread(path: Path) -> Named:
    raise AssertionError(f"{path} belongs to a set, which says how it is read")


def test_a_file_of_a_set_comes_with_its_splits(root: Path) -> None:
    path = root / ".." / root.name / "single-validation.txt"
    held = held_file(SETS, root, path, unread)
    assert (held.measured.name, held.split, held.validation) == ("single", "validation", None)
    assert held.train is not None
    assert held.train.name == "single"


def test_one_of_several_files_of_a_split_is_measured_alone(root: Path) -> None:
    split = ("single-validation.txt", "single-test.txt")
    sets = SETS | {"single": SETS["single"].model_copy(update={"validation": split, "test": ()})}
    held = held_file(sets, root, root / split[1], unread)
    assert held.measured.name == f"{root.name}/single-test.txt"
    among = [root / split[1], root.parent / "other" / root.name / split[1]]
    held = held_file(sets, root, root / split[1], unread, among=among)
    assert held.measured.name == f"{root.parent.name}/{root.name}/single-test.txt"
    assert held.measured.rows.texts == SETS["single"].load(root)["test"].texts


def test_a_file_of_elsewhere_comes_with_the_nearest_training_rows(root: Path) -> None:
    rows = single(["x", "y"], ["calm", "joy"])
    held = held_file(SETS, root, Path("somewhere/else.txt"), lambda path: Named(called(path), rows))
    assert (held.measured.name, held.split, held.validation) == ("somewhere/else.txt", None, None)
    assert held.train is not None
    assert held.train.name == "several"  # the only one that knows calm


def test_sets_that_share_as_many_labels_are_joined() -> None:
    train = {
        "a": single(["1", "2"], ["joy", "fear"]),
        "b": single(["3", "4", "5"], ["fear", "joy", "joy"]),
        "c": single(["6"], ["joy"]),
    }
    found = nearest(train, single(["x", "y"], ["joy", "fear"]))
    assert found is not None
    assert (found.name, len(found.rows)) == ("a and b", 5)
    assert nearest({"c": train["c"]}, single(["x", "y"], ["joy", "fear"])) is None


def test_a_set_without_training_rows_borrows_them(root: Path) -> None:
    sets = SETS | {"single": SETS["single"].model_copy(update={"train": ()})}
    held = held_sets(sets, root)[0]
    assert held.train is not None
    assert held.train.name == "several"


def test_a_file_is_called_by_its_name_and_folder() -> None:
    assert called(Path("/a/b/c.txt")) == "b/c.txt"
    assert called(Path("/c.txt")) == "c.txt"


def test_files_are_called_by_as_much_as_tells_them_apart() -> None:
    files = [Path(path) for path in ("/x/en/b/c.txt", "/y/en/b/c.txt", "/y/de/b/c.txt", "/b/c.txt", "/b/d.txt")]
    names = [called(path, files) for path in [*files, files[0]]]
    assert names == ["x/en/b/c.txt", "y/en/b/c.txt", "de/b/c.txt", "b/c.txt", "b/d.txt", "x/en/b/c.txt"]
