"""The folder of a training that is not done: what it refuses, and what is left of it."""

from pathlib import Path

import pytest

from emotion.errors import ConfigError, UsageError
from emotion.training.recipe import Recipe, check
from emotion.training.trainer import train
from emotion.training.unfinished import Unfinished
from tests.training.made_sets import recipe, write_sets


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    write_sets(tmp_path / "data")
    return tmp_path / "data"


def begin(folder: Path, of: Recipe, root: Path) -> None:
    """Leave a training behind that has a checkpoint."""
    with Unfinished(folder, of, root) as unfinished:
        unfinished.epochs(of).mkdir(parents=True)
        (unfinished.epochs(of) / "checkpoint").write_text("x")


def test_a_training_that_did_nothing_leaves_nothing(tmp_path: Path, root: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Unfinished(tmp_path / "work", check(recipe(), "tiny"), root):
        raise KeyboardInterrupt
    assert not (tmp_path / "work").exists()


def test_a_training_that_is_done_leaves_nothing_but_what_is_not_its_own(tmp_path: Path, root: Path) -> None:
    of = check(recipe(), "tiny")
    for name, left in (("empty", []), ("full", ["notes.txt"])):
        folder = tmp_path / name
        folder.mkdir()
        for other in left:
            (folder / other).touch()
        begin(folder, of, root)
        with Unfinished(folder, of, root) as unfinished:
            unfinished.done()
        assert [path.name for path in folder.iterdir()] == left if left else not folder.exists()


def test_the_same_training_goes_on_with_any_seed(tmp_path: Path, root: Path) -> None:
    begin(tmp_path / "work", check(recipe(), "tiny"), root)
    with Unfinished(tmp_path / "work", check(recipe(seed=4), "tiny"), root) as unfinished:
        assert unfinished.begun
        assert unfinished.epochs(check(recipe(), "tiny")).exists()


def test_the_same_training_goes_on_with_other_words_about_it(tmp_path: Path, root: Path) -> None:
    begin(tmp_path / "work", check(recipe(limits=["Old."]), "tiny"), root)
    with Unfinished(tmp_path / "work", check(recipe(limits=["New."], license="Mine."), "tiny"), root) as unfinished:
        assert unfinished.begun


def test_a_bundle_that_was_made_says_what_its_recipe_says_now(tmp_path: Path, root: Path) -> None:
    stages = [{"sets": ["single", "several"], "epochs": 1}]
    old, new = (check(recipe(stages=stages, limits=[said]), "tiny") for said in ("Old.", "New."))
    with Unfinished(tmp_path / "work", old, root) as unfinished:
        unfinished.keep(old, train(old, root))
    with Unfinished(tmp_path / "work", new, root) as unfinished:
        made = unfinished.bundle(new)
    assert made is not None
    assert "- New." in made.card
    assert "Old." not in made.card
    assert made.metrics["recipe"]["limits"] == ["New."]


def test_another_recipe_is_refused_with_what_differs(tmp_path: Path, root: Path) -> None:
    begin(tmp_path / "work", check(recipe(), "tiny"), root)
    other = check(recipe(seed=4, curves=7, name="other"), "tiny")
    with (
        pytest.raises(ConfigError, match=r"differs in curves, name; delete it"),
        Unfinished(tmp_path / "work", other, root),
    ):
        pass
    assert (tmp_path / "work" / "seed-3" / "epochs" / "checkpoint").exists()


def test_other_data_are_refused_with_the_file_named(tmp_path: Path, root: Path) -> None:
    begin(tmp_path / "work", check(recipe(), "tiny"), root)
    with (root / "single-train.txt").open("a") as file:
        file.write("one more happy text;joy\n")
    with (
        pytest.raises(ConfigError, match=r"differs in single-train\.txt; delete it"),
        Unfinished(tmp_path / "work", check(recipe(), "tiny"), root),
    ):
        pass


@pytest.mark.parametrize(
    ("named", "file"),
    [
        ("vectors", "vectors/vectors.safetensors"),
        ("base", "base/model.safetensors"),
        ("own.zip!own.txt", "own.zip"),
        ("~/own.txt", "own.txt"),
    ],
)
def test_other_vectors_are_refused_however_they_are_named(
    named: str, file: str, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(root))
    (root / file).parent.mkdir(exist_ok=True)
    (root / file).write_text("some")
    of = check(recipe(vectors={"tables": [{"path": named, "dimension": 8}]}), "tiny")
    begin(tmp_path / "work", of, root)
    with Unfinished(tmp_path / "work", of, root):
        pass
    (root / file).write_text("others")
    with pytest.raises(ConfigError, match=rf"differs in \S*{file}; delete it"), Unfinished(tmp_path / "work", of, root):
        pass


def test_a_second_training_in_the_same_folder_is_refused(tmp_path: Path, root: Path) -> None:
    of = check(recipe(), "tiny")
    with Unfinished(tmp_path / "work", of, root):
        with pytest.raises(UsageError, match="Another process trains"), Unfinished(tmp_path / "work", of, root):
            pass
        assert (tmp_path / "work").exists()
