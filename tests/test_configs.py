"""Every recipe of the project is whole: read, checked, and named in the documents."""

from pathlib import Path

import pytest

from emotion.training.recipe import read_recipe

RECIPES = sorted((Path(__file__).resolve().parent.parent / "configs").glob("*.yaml"))


def test_there_are_recipes() -> None:
    assert "shipped.yaml" in [path.name for path in RECIPES]


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_is_valid(path: Path) -> None:
    recipe = read_recipe(path)
    assert recipe.license.strip()
    assert all(config.source for config in recipe.sets.values())


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_says_how_to_run_it(path: Path) -> None:
    comment = path.read_text(encoding="utf-8").split("\nname:")[0]
    assert f"emotion train configs/{path.name} --to " in comment


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_names_data_below_the_root_only(path: Path) -> None:
    recipe = read_recipe(path)
    named = [file for config in recipe.sets.values() for file in config.train + config.validation + config.test]
    named += [file for config in recipe.unlabelled for file in config.paths]
    assert [file for file in named if Path(file).is_absolute() or ".." in Path(file).parts] == []


@pytest.mark.data
@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_data_of_a_recipe_are_where_it_says(path: Path, data_root: Path) -> None:
    recipe = read_recipe(path)
    named = [file for config in recipe.sets.values() for file in config.train + config.validation + config.test]
    assert [file for file in named if not (data_root / file).is_file()] == []
