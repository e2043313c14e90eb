"""Recipes of teachers: checked as a whole, and those of the project valid."""

from pathlib import Path

import pytest

from emotion.errors import ConfigError, UsageError
from emotion.training.teachers.recipe import check, read_teacher_recipe
from tests.training.teachers.made_teachers import recipe

RECIPES = sorted((Path(__file__).resolve().parents[3] / "configs" / "teachers").glob("*.yaml"))


def test_all_faults_are_told_at_once() -> None:
    document = recipe(Path("base"), batch_size=0, colour="red")
    del document["heads"]
    with pytest.raises(ConfigError) as caught:
        check(document, "tiny")
    said = str(caught.value)
    assert "3 fault(s)" in said
    assert "colour: there is no such key" in said
    assert "batch_size: " in said
    assert "heads: " in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"select": {"single.mood.accuracy": 1}}, "select.single.mood.accuracy: expected set.head.measure"),
        ({"select": {"single.emotion": 1}}, "select.single.emotion: expected set.head.measure"),
        ({"samples": {"nowhere": 5}}, "samples: there is no set 'nowhere'"),
        ({"teach": {"nowhere": {}}}, "teach: there is no set 'nowhere'"),
        ({"teach": {"single": {"mood": {}}}}, "teach.single: there is no head 'mood'"),
        ({"sets": {"single": {"format": "carer"}}}, "sets: none has a train split"),
        ({"sets": {"single": {"format": "carer", "heads": ["mood"]}}}, "sets.single.heads: there is no head 'mood'"),
        ({"sets": {"single": {"format": "carer"}}}, "the set 'single' has no validation split"),
    ],
)
def test_a_name_that_is_not_there_is_a_fault(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(recipe(Path("base"), **changes), "tiny")
    assert said in str(caught.value)


def test_two_heads_of_one_name_are_a_fault() -> None:
    document = recipe(Path("base"))
    document["heads"][1]["name"] = "emotion"
    with pytest.raises(ConfigError, match="'emotion' stands twice"):
        check(document, "tiny")


def test_keys_are_changed_for_one_run() -> None:
    path = RECIPES[0]
    assert read_teacher_recipe(path, ["seed=9", "sets.ec.weight=0.5"]).sets["ec"].weight == 0.5
    with pytest.raises(UsageError, match=r"expected a\.b=value"):
        read_teacher_recipe(path, ["seed"])


def test_what_is_no_recipe_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_teacher_recipe(tmp_path / "none.yaml")
    (tmp_path / "list.yaml").write_text("- a")
    with pytest.raises(ConfigError, match="no mapping"):
        read_teacher_recipe(tmp_path / "list.yaml")
    (tmp_path / "broken.yaml").write_text("a: [")
    with pytest.raises(ConfigError, match="not YAML"):
        read_teacher_recipe(tmp_path / "broken.yaml")


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_of_the_project_is_whole_and_says_how_to_run_it(path: Path) -> None:
    read = read_teacher_recipe(path)
    assert all(config.source for config in read.sets.values())
    assert f"emotion teach configs/teachers/{path.name} --to " in path.read_text(encoding="utf-8").split("\nname:")[0]


@pytest.mark.data
@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_data_of_a_recipe_are_where_it_says(path: Path, data_root: Path) -> None:
    sets = read_teacher_recipe(path).sets.values()
    named = [file for config in sets for file in config.train + config.validation + config.test]
    assert [file for file in named if not (data_root / file).is_file()] == []
