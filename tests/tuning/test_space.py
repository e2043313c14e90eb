"""Spaces: read, checked with all faults at once, and turned into recipes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from emotion.errors import ConfigError, UsageError
from emotion.training.recipe import read_recipe
from emotion.tuning.checks import mutable
from emotion.tuning.proposing.chance import drawn
from emotion.tuning.space import read_space, write_recipe
from tests.tuning.made import PARAMETERS, document, space, write


def test_values_become_a_recipe(tmp_path: Path) -> None:
    found = space(tmp_path)
    values = {
        "model.cell": "lstm",
        "model.hidden": 6,
        "model.pooling": ["attention"],
        "model.attention_dim": 3,
        "stages.*.optimiser.learning_rate": 0.01,
    }
    recipe = found.recipe(values, seed=9)
    assert (recipe.model.cell, recipe.model.hidden, recipe.model.pooling) == ("lstm", 6, ("attention",))
    assert recipe.stages[0].optimiser.learning_rate == 0.01
    assert recipe.seed == 9
    assert found.recipe({}) == read_recipe(tmp_path / "recipe.yaml")


def test_options_set_several_keys_at_once(tmp_path: Path) -> None:
    sizes = {"small": {"model.hidden": 4, "model.embedding_dim": 4}, "large": {"model.hidden": 8}}
    found = space(tmp_path, parameters={"size": {"options": sizes}})
    assert found.recipe({"size": "small"}).model.embedding_dim == 4
    assert found.recipe({"size": "large"}).model.hidden == 8


def test_cleaning_rules_may_be_searched(tmp_path: Path) -> None:
    found = space(tmp_path, parameters={"rules.stop_words": {"choice": [False, True]}})
    assert found.recipe({"rules.stop_words": True}).rules.stop_words
    assert not found.recipe({}).rules.stop_words


def test_changes_hold_for_all_trials_and_for_the_base(tmp_path: Path) -> None:
    found = space(tmp_path, changes={"stages.*.epochs": 2, "curves": 0})
    assert found.recipe({}).stages[0].epochs == 2
    assert found.recipe({"model.cell": "lstm"}).curves == 0


def test_what_has_no_meaning_is_not_drawn(tmp_path: Path) -> None:
    found = space(tmp_path)
    for seed in range(20):
        values = drawn(found, np.random.default_rng(seed))
        assert ("model.attention_dim" in values) == (values["model.pooling"] == ["attention"])
        assert found.complete(values)


def test_a_recipe_that_was_written_is_that_of_the_trial(tmp_path: Path) -> None:
    found = space(tmp_path)
    values = drawn(found, np.random.default_rng(1))
    write_recipe(found, values, 7, tmp_path / "again.yaml")
    assert read_recipe(tmp_path / "again.yaml") == found.recipe(values, seed=7)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    wrong = {
        "parameters": {"model.hidden": {"integer": [8, 4]}, "model.cell": {"choice": ["gru"], "log": True}},
        "search": {"searcher": "optuna", "scheduler": "asha", "objectives": ["quality", "speed"]},
        "winer": {},
    }
    with pytest.raises(ConfigError) as error:
        space(tmp_path, **wrong)
    said = str(error.value)
    assert "4 fault(s)" in said
    for part in (
        "holds nothing",
        "for ranges of numbers",
        "say how long",
        "the scheduler asha compares",
        "no such key",
    ):
        assert part in said


def test_faults_of_every_kind_are_told_at_once_and_each_once(tmp_path: Path) -> None:
    wrong = {
        "parameters": {
            "model.hiden": {"integer": [4, 8]},
            "model.hidden": {"integer": [8, 4]},
            "model.layers": {"integer": [1, 2], "when": {"model.hidden": [8]}},
            "model.cell": {"choice": ["gru"], "when": {"model.pool": ["max"]}},
        },
        "changes": {"model.pooling": "mean"},
    }
    with pytest.raises(ConfigError) as error:
        space(tmp_path, **wrong)
    said = str(error.value)
    assert "4 fault(s)" in said
    for part in ("the range from 8 to 4", "model.pooling", "model.hiden: there is no such key", "no such parameter"):
        assert said.count(part) == 1, said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"parameters": {"model.hiden": {"integer": [4, 8]}}}, "model.hiden: there is no such key"),
        ({"parameters": {"model.hidden": {"integer": [0, 8]}}}, "parameters.model.hidden: 0: model.hidden"),
        ({"parameters": {"stages.3.epochs": {"integer": [1, 2]}}}, "there is no '3'"),
        ({"changes": {"model.cell": "rnn"}}, "model.cell"),
        ({"search": {"trials": 3, "start": [{"model.cell": "rnn"}]}}, "search.start.0.model.cell: 'rnn' is none"),
        ({"search": {"trials": 3, "start": [{"model.cel": "gru"}]}}, "there is no such parameter"),
        ({"search": {"trials": 3, "mutate": ["model.cell"]}}, "only a population"),
        ({"search": {"trials": 2, "scheduler": "pbt"}}, "at least 4 trials"),
        ({"search": {"trials": 8, "scheduler": "pbt", "searcher": "optuna"}}, "begins at random"),
        ({"search": {"trials": 8, "scheduler": "pbt", "mutate": ["model.hidden"]}}, "decides shapes or data"),
        ({"search": {"searcher": "random"}}, "say how long"),
        ({"search": {"trials": 1, "objectives": ["speed", "speed"]}}, "one thing twice"),
        ({"search": {"searcher": "grid", "start": [{"model.cell": "gru"}]}}, "leave out start"),
        ({"search": {"trials": 3, "start": [{"model.attention_dim": 4}]}}, "unless model.pooling is ['attention']"),
        (
            {"search": {"trials": 3, "start": [{"model.pooling": ["max"], "model.attention_dim": 4}]}},
            "start.0.model.attention_dim: it has no meaning unless model.pooling is ['attention']",
        ),
        (
            {
                "parameters": {"model.hidden": {"integer": [4, 12], "step": 4}},
                "search": {"trials": 3, "start": [{"model.hidden": 10}]},
            },
            "10 is none of its values",
        ),
        ({"parameters": {"seed": {"integer": [0, 9]}}}, "parameters.seed: all trials have one seed"),
        (
            {"parameters": {"data": {"options": {"a": {"sets.made.split.seed": 1}}}}},
            "parameters.data: sets.made.split.seed decides which rows are measured on",
        ),
    ],
)
def test_a_fault_is_a_sentence(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match="fault") as error:
        space(tmp_path, **changes)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"model.pool": ["max"]}, "there is no such parameter"),
        ({"model.hidden": [4]}, "it must stand before model.cell"),
        ({"model.layers": [9]}, "model.layers is never 9"),
    ],
)
def test_conditions_name_values_of_parameters_before(tmp_path: Path, when: dict[str, Any], said: str) -> None:
    parameters = {
        "model.layers": {"integer": [1, 2]},
        "model.cell": {"choice": ["gru", "lstm"], "when": when},
        "model.hidden": {"integer": [4, 8]},
    }
    with pytest.raises(ConfigError) as error:
        space(tmp_path, parameters=parameters)
    assert said in str(error.value)


def test_values_that_do_not_go_together_are_found_before_training(tmp_path: Path) -> None:
    parameters = {"model.embedding_dim": {"choice": [8, 12]}, "vectors.glove": {"choice": [False, True]}}
    with pytest.raises(ConfigError, match=r"model\.embedding_dim: (8|12), but the vectors make 50"):
        space(tmp_path, parameters=parameters)


def test_a_population_changes_what_no_shape_hangs_on(tmp_path: Path) -> None:
    more = {"model.head_dropout": {"uniform": [0, 0.5]}, "losses.emotion.smoothing": {"uniform": [0, 0.2]}}
    found = space(tmp_path, parameters=PARAMETERS | more, search={"trials": 4, "scheduler": "pbt"})
    assert mutable(found) == (
        "stages.*.optimiser.learning_rate",
        "model.head_dropout",
        "losses.emotion.smoothing",
    )


def test_keys_change_from_outside(tmp_path: Path) -> None:
    found = read_space(write(tmp_path), ["search.trials=2", "winner.top=0"])
    assert (found.config.search.trials, found.config.winner.top) == (2, 0)


def test_a_base_recipe_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, recipe="nowhere.yaml")
    with pytest.raises(UsageError, match=r"space\.yaml: recipe: .*nowhere\.yaml cannot be read"):
        read_space(path)


def test_the_made_space_is_what_the_tests_say(tmp_path: Path) -> None:
    assert list(document()["parameters"]) == list(space(tmp_path).parameters)


def test_stages_that_are_one_by_an_anchor_keep_batches_of_their_own(tmp_path: Path) -> None:
    path = write(tmp_path)
    base = yaml.safe_load((tmp_path / "recipe.yaml").read_text())
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(base | {"stages": base["stages"] * 2}))
    assert "&id001" in (tmp_path / "recipe.yaml").read_text()
    found = read_space(path)
    stages = [
        stage.model_copy(update={"batch_size": size})
        for stage, size in zip(found.recipe({}).stages, (8, 4), strict=True)
    ]
    write_recipe(found, {}, 7, tmp_path / "again.yaml", stages)
    assert read_recipe(tmp_path / "again.yaml").stages == tuple(stages)
