"""Every space of the project is whole: read, checked over its recipe, and says how to run it."""

from pathlib import Path

import pytest

from emotion.tuning.proposing.grid import combinations
from emotion.tuning.search import proposer_of
from emotion.tuning.space import read_space

FOLDER = Path(__file__).resolve().parents[2] / "tune" / "spaces"
SPACES = sorted(FOLDER.glob("*.yaml"))


def test_there_are_spaces_for_a_laptop_and_for_each_kind_of_search() -> None:
    names = {path.stem for path in SPACES}
    assert {"laptop", "recurrent", "broad", "speed", "population", "finetune", "distil"} <= names


@pytest.mark.parametrize("path", SPACES, ids=lambda path: path.stem)
def test_a_space_is_valid_and_proposes(path: Path) -> None:
    space = read_space(path)
    assert space.config.name == path.stem
    values = proposer_of(space).propose(0)
    assert values is not None
    assert space.complete(values)
    assert space.recipe(values).name == space.base["name"]


@pytest.mark.parametrize("path", SPACES, ids=lambda path: path.stem)
def test_a_space_says_how_to_run_it(path: Path) -> None:
    comment = path.read_text(encoding="utf-8").split("\nname:")[0]
    assert f"emotion tune --space tune/spaces/{path.name} --to " in comment
    assert all(len(line) <= 132 for line in comment.splitlines())


def test_the_random_search_of_recurrent_networks_has_its_ranges() -> None:
    parameters = read_space(FOLDER / "recurrent.yaml").parameters
    ranges = {name: list(one.bounds) for name, one in parameters.items() if one.bounds is not None}
    assert ranges == {
        "model.hidden": [8, 64],
        "model.embedding_dropout": [0.0, 0.1],
        "model.head_dropout": [0.0, 0.1],
        "stages.*.optimiser.clip": [0.5, 10.0],
        "stages.*.optimiser.learning_rate": [1e-4, 1e-3],
    }
    assert set(parameters["model.cell"].values) == {"lstm", "gru"}
    assert set(parameters["model.bidirectional"].values) == {False, True}


@pytest.mark.parametrize("name", ["broad", "tweeteval"])
def test_a_search_that_says_so_begins_with_the_base_recipe(name: str) -> None:
    space = read_space(FOLDER / f"{name}.yaml")
    values = space.config.search.start[0]
    assert space.complete(values)
    started, base = space.recipe(values), space.recipe({})
    assert started.model == base.model
    assert (started.stages, started.rules, started.vocabulary) == (base.stages, base.rules, base.vocabulary)


def test_a_grid_over_the_small_space_is_counted() -> None:
    space = read_space(
        FOLDER / "laptop.yaml", ["parameters={model.cell: {choice: [gru, lstm]}, model.layers: {choice: [1, 2, 3]}}"]
    )
    assert len(list(combinations(space))) == 6
