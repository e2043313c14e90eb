"""Recipes: what is accepted, and that all faults come at once."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from emotion.document import override
from emotion.errors import ConfigError, UsageError
from emotion.training.loop.loss import LossConfig
from emotion.training.recipe import OptimiserConfig, Recipe, StageConfig, check, read_recipe
from emotion.training.targets import TeachConfig
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


def test_an_override_meets_a_key_that_has_dots_itself() -> None:
    document = {
        "parameters": {"model.hidden": {"integer": [8, 64]}, "model": "plain"},
        "changes": {"stages.0.epochs": 6},
    }
    override(document, "parameters.model.hidden.integer=[8, 16]")
    override(document, "changes.stages.0.epochs=2")
    assert document == {
        "parameters": {"model.hidden": {"integer": [8, 16]}, "model": "plain"},
        "changes": {"stages.0.epochs": 2},
    }


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


def test_a_set_of_a_stage_is_a_name_or_how_it_is_drawn_from() -> None:
    document = recipe()
    document["stages"][0]["sets"] = ["single", {"name": "several", "sample": 0.5, "weight": 2}]
    one, other = check(document, "made.yaml").stages[0].draws
    assert (one.name, one.sample, one.weight) == ("single", None, 1.0)
    assert (other.name, other.sample, other.weight) == ("several", 0.5, 2.0)


@pytest.mark.parametrize("sample", [0, -1, 1.5, "many"])
def test_a_sample_that_cannot_be_drawn_is_refused(sample: Any) -> None:
    document = recipe()
    document["stages"][0]["sets"] = [{"name": "single", "sample": sample}]
    with pytest.raises(ConfigError, match="sample"):
        check(document, "made.yaml")


def test_names_of_new_keys_are_looked_up_too() -> None:
    document = recipe(
        teach={"gone": {"emotion": {}}, "single": {"nose": {}}},
        losses={"ear": {}, "emotion": {"weights": {"hunger": 2}, "asymmetric": {}}},
    )
    document["stages"][0] |= {"sets": [{"name": "missing"}], "freeze": ["legs"]}
    with pytest.raises(ConfigError) as caught:
        check(document, "made.yaml")
    for place in (
        "teach: there is no set 'gone'",
        "teach.single: there is no head 'nose'",
        "losses: there is no head 'ear'",
        "losses.emotion.weights: 'hunger' is no label of it",
        "losses.emotion.asymmetric: for sigmoid and binary heads",
        "stages.0.sets: there is no set 'missing'",
        "stages.0.freeze: 'legs' is none of embedding, emotion, encoder, heads, profile",
    ):
        assert place in str(caught.value)


def test_what_a_head_cannot_be_taught_is_refused() -> None:
    document = recipe(teach={"several": {"emotion": {"labels": "known"}, "profile": {"empty": ["calm"]}}})
    document["sets"]["several"]["heads"] = ["emotion"]
    with pytest.raises(ConfigError) as caught:
        check(document, "made.yaml")
    assert "teach.several.emotion: labels and empty are for sigmoid heads, this one is softmax" in str(caught.value)
    assert "teach.several.profile: sets.several.heads does not name this head" in str(caught.value)


def test_a_head_that_no_stage_teaches_is_refused() -> None:
    document = recipe(stages=[{"sets": ["single"]}])
    document["sets"]["single"]["heads"] = ["emotion"]
    with pytest.raises(ConfigError, match="heads: no stage teaches 'profile'"):
        check(document, "made.yaml")


def test_a_label_is_renamed_to_one_that_the_head_has() -> None:
    document = recipe(teach={"several": {"emotion": {"map": {"calm": "yoj", "fear": "fear"}}}})
    with pytest.raises(ConfigError, match=r"teach\.several\.emotion\.map: 'yoj' is no label of this head"):
        check(document, "made.yaml")


@pytest.mark.parametrize("place", ["emotional", "neutral"])
def test_feeling_begins_on_sets_that_its_head_may_look_at(place: str) -> None:
    document = recipe(felt={"emotional": "several", "neutral": "several", "head": "profile"} | {place: "single"})
    document["sets"]["single"]["heads"] = ["emotion"]
    with pytest.raises(ConfigError, match=rf"felt\.{place}: sets\.single\.heads does not name the head 'profile'"):
        check(document, "made.yaml")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"freeze": ["embedding", "encoder", "heads"]}, "nothing is left to learn"),
        ({"freeze": ["encoder"], "optimiser": {"rates": {"encoder": 0.1}}}, "'encoder' is frozen"),
        ({"optimiser": {"embedding_rate": 0.1, "rates": {"embedding": 0.1}}}, "one thing twice"),
        ({"optimiser": {"schedule": "zigzag"}}, "schedule"),
        ({"batch_tokens": 0}, "batch_tokens"),
    ],
)
def test_stages_that_cannot_be_are_refused(changes: dict[str, Any], said: str) -> None:
    document = recipe()
    document["stages"][0] |= changes
    with pytest.raises(ConfigError, match=said):
        check(document, "made.yaml")


def test_vectors_that_are_not_there_cannot_be_frozen() -> None:
    with pytest.raises(ConfigError, match=r"vectors\.frozen"):
        check(recipe(vectors={"frozen": True}), "made.yaml")


def test_a_split_that_is_made_is_a_split() -> None:
    document = recipe()
    document["sets"]["single"] = {"format": "carer", "train": ["a.txt"], "split": {"validation": 0.1}}
    assert check(document, "made.yaml").sets["single"].has("validation")


def test_a_recipe_is_what_it_was_after_a_round_trip() -> None:
    document = recipe(losses={"emotion": {"weights": "balanced"}}, teach={"single": {"profile": {"labels": "known"}}})
    document["stages"][0]["sets"] = ["single", {"name": "several", "sample": 5}]
    found = check(document, "made.yaml")
    assert check(found.model_dump(mode="json"), "made.yaml") == found


@pytest.mark.parametrize("config", [Recipe, StageConfig, OptimiserConfig, TeachConfig, LossConfig])
def test_the_page_on_training_names_every_key(config: type[BaseModel], root: Path) -> None:
    rows = [line for line in (root / "docs" / "training.md").read_text().splitlines() if line.startswith("| `")]
    named = set(re.findall(r"`(\w+)`", " ".join(line.split("|")[1] + line.split("|")[2] for line in rows)))
    assert set(config.model_fields) - named == set()


@pytest.mark.parametrize("value", ["@mine", "[a", "Terms: a: b", "a\x00b"])
def test_an_override_whose_value_is_no_yaml_is_wrong_use(value: str) -> None:
    with pytest.raises(UsageError, match="is not YAML"):
        override({"name": "a"}, f"name={value}")


@pytest.mark.parametrize("weight", [0, -1, float("nan"), float("inf")])
def test_a_measure_weighs_something(weight: float) -> None:
    with pytest.raises(ConfigError, match=r"select\.several\.profile\.jaccard"):
        check(recipe(select={"several.profile.jaccard": weight}), "tiny")
