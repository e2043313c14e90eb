"""Recipes: what is accepted, and that all faults come at once."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from emotion.errors import ConfigError, UsageError
from emotion.training.recipe import check, read_recipe
from tests.training.made_sets import recipe


def written(path: Path, document: Any) -> Path:
    file = path / "recipe.yaml"
    file.write_text(yaml.safe_dump(document))
    return file


def test_a_recipe_reads_with_its_defaults(tmp_path: Path) -> None:
    found = read_recipe(written(tmp_path, recipe()))
    assert found.name == "tiny"
    assert found.stages[0].optimiser.clip == 1.0
    assert [head.name for head in found.all_heads] == ["emotion", "profile"]


def test_overrides_reach_into_mappings_and_lists(tmp_path: Path) -> None:
    changes = ["model.hidden=5", "stages.0.epochs=2", "rules.lower=false", "sets.single.train=[a.txt, b.txt]", "seed=9"]
    found = read_recipe(written(tmp_path, recipe()), changes)
    assert (found.model.hidden, found.stages[0].epochs, found.rules.lower, found.seed) == (5, 2, False, 9)
    assert found.sets["single"].train == ("a.txt", "b.txt")


@pytest.mark.parametrize("change", ["seed", "=3", "stages.7.epochs=2", "stages.x=2", "name.x=2"])
def test_an_override_that_leads_nowhere_is_wrong_use(tmp_path: Path, change: str) -> None:
    with pytest.raises(UsageError, match="--set"):
        read_recipe(written(tmp_path, recipe()), [change])


def test_an_override_of_an_unknown_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.hiden"):
        read_recipe(written(tmp_path, recipe()), ["model.hiden=3"])


def test_all_faults_are_listed_together() -> None:
    document = recipe(colour="red", select={"single.emotion.macro_f1": 1, "gone.emotion.accuracy": 1})
    document["model"]["hidden"] = -1
    document["stages"][0]["sets"] = ["single", "missing"]
    document["sets"]["single"]["format"] = "word"
    document["sets"]["several"]["heads"] = ["nose"]
    document["felt"] = {"emotional": "several", "neutral": "elsewhere"}
    with pytest.raises(ConfigError) as caught:
        check(document, "made.yaml")
    message = str(caught.value)
    assert message.startswith("made.yaml has 7 fault(s)")
    for place in (
        "colour: there is no such key",
        "model.hidden",
        "'missing'",
        "sets.single.format",
        "'nose'",
        "'elsewhere'",
        "gone.emotion",
    ):
        assert place in message


def test_faults_between_right_values_are_listed_together() -> None:
    document = recipe(vectors={"glove": True}, auxiliary=[{"name": "profile", "kind": "sigmoid", "labels": ["a"]}])
    document["heads"][0]["primary"] = False
    document["sets"]["several"].pop("validation")
    document["sets"]["single"].pop("train")
    with pytest.raises(ConfigError) as caught:
        check(document, "made.yaml")
    for place in ("model.embedding_dim", "exactly one head", "'profile' stands twice", "no train", "no validation"):
        assert place in str(caught.value)


@pytest.mark.parametrize("stages", [["x"], "x", [{"sets": 3}], [{"sets": [["single"]]}], None])
def test_a_recipe_of_odd_shapes_is_a_sentence(stages: Any) -> None:
    with pytest.raises(ConfigError, match="stages"):
        check(recipe(stages=stages, sets=recipe()["sets"] | {"odd": 3}, felt={"neutral": []}), "made.yaml")


def test_a_file_that_is_no_recipe_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_recipe(tmp_path / "gone.yaml")
    with pytest.raises(ConfigError, match="no mapping"):
        read_recipe(written(tmp_path, ["a", "b"]))
    (tmp_path / "broken.yaml").write_text("a: [1")
    with pytest.raises(ConfigError, match="not YAML"):
        read_recipe(tmp_path / "broken.yaml")
