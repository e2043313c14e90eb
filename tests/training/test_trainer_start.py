"""Training that goes on from a bundle: what it takes over, what it refuses, and words that are new."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from emotion.errors import BundleError, ConfigError
from emotion.models.bundle import Bundle
from emotion.text.vocabulary import FIRST, UNKNOWN, Vocabulary
from emotion.training.recipe import check
from emotion.training.start import extended, resolved
from emotion.training.trainer import train
from emotion.training.unfinished import files_named
from tests.training.made_sets import recipe, write_sets

FROZEN = {"sets": ["single"], "epochs": 1, "freeze": ["embedding", "encoder", "profile"]}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_sets(folder)
    return folder


@pytest.fixture(scope="module")
def first(root: Path) -> Bundle:
    """A bundle that knows the set `several` alone, saved as `first` below the root."""
    stages = [{"sets": ["several"], "epochs": 2, "batch_size": 8}]
    document = recipe(stages=stages, rules={"hashtags": "keep"})
    document["sets"]["single"].pop("train")
    made = train(check(document, "tiny"), root)
    made.save(root / "first")
    return made


def second(root: Path, **changes: Any) -> dict[str, Any]:
    document = recipe(**({"stages": [FROZEN], "start": {"bundle": str(root / "first")}} | changes))
    if "model" not in changes:
        document.pop("model")
    return document


def test_it_takes_rules_vocabulary_shape_and_weights(first: Bundle, root: Path) -> None:
    made = train(check(second(root), "tiny"), root)
    assert (made.rules, made.vocabulary, made.config) == (first.rules, first.vocabulary, first.config)
    still = [name for name in first.weights if not name.startswith("heads.0.")]
    assert all(torch.equal(made.weights[name], first.weights[name]) for name in still)
    assert not torch.equal(made.weights["heads.0.weight"], first.weights["heads.0.weight"])
    assert made.metrics["start"] == first.id
    assert made.metrics["recipe"]["rules"]["hashtags"] == "keep"


def test_a_head_with_other_labels_starts_at_random(first: Bundle, root: Path) -> None:
    heads = recipe()["heads"]
    heads[1]["labels"] = ["anger", "fear", "joy", "calm"]
    made = train(check(second(root, heads=heads, stages=[FROZEN | {"sets": ["single", "several"]}]), "tiny"), root)
    assert torch.equal(made.weights["attention.w1.weight"], first.weights["attention.w1.weight"])
    assert not torch.equal(made.weights["heads.1.weight"], first.weights["heads.1.weight"])


def test_words_that_are_new_start_as_the_unknown_word(first: Bundle, root: Path) -> None:
    document = second(root, start={"bundle": str(root / "first"), "vocabulary": "extend"})
    made = train(check(document, "tiny"), root)
    known = len(first.vocabulary.words)
    assert made.vocabulary.words[:known] == first.vocabulary.words
    assert made.vocabulary.words[known:] == ["alpha"]
    embedding = made.weights["embedding.weight"]
    assert torch.equal(embedding[: known + FIRST], first.weights["embedding.weight"])
    assert torch.equal(embedding[known + FIRST], first.weights["embedding.weight"][UNKNOWN])


def test_known_words_keep_their_order_and_counts() -> None:
    found = extended(Vocabulary({"b": 5, "a": 2}), Vocabulary({"a": 9, "c": 3, "d": 1}))
    assert list(found.counts.items()) == [("b", 5), ("a", 2), ("c", 3), ("d", 1)]


def test_dropouts_are_those_of_the_recipe(first: Bundle, root: Path) -> None:
    made = train(check(second(root, model={"head_dropout": 0.5, "hidden": 8}), "tiny"), root)
    assert made.config == first.config.model_copy(update={"head_dropout": 0.5})


def test_another_shape_or_other_rules_are_refused(first: Bundle, root: Path) -> None:
    document = second(root, model={"hidden": 9, "cell": "gru"}, rules={"hashtags": "split"})
    with pytest.raises(ConfigError) as caught:
        train(check(document, "tiny"), root)
    assert first.id in str(caught.value)
    assert "rules.hashtags is 'split', and 'keep' in the bundle; leave it out" in str(caught.value)
    assert "model.hidden is 9, and 8 in the bundle" in str(caught.value)


def test_a_bundle_that_is_not_there_is_a_sentence(root: Path) -> None:
    with pytest.raises(BundleError, match="no model"):
        train(check(second(root, start={"bundle": "elsewhere"}), "tiny"), root)


def test_vectors_and_a_start_are_not_both() -> None:
    with pytest.raises(ConfigError, match="brings its own"):
        check(recipe(start={"bundle": "shipped"}, vectors={"skipgram": {"dimension": 8}}), "tiny")


def test_another_bundle_in_the_place_of_the_first_is_other_data(first: Bundle, root: Path, tmp_path: Path) -> None:
    document = second(root, start={"bundle": str(tmp_path / "moved")})
    seen = set()
    for bundle in (first, replace(first, metrics={"another": 1}), replace(first, license="others")):
        bundle.save(tmp_path / "moved")
        seen.add(json.dumps(files_named(document, document, root)))
    assert [json.loads(one)["start"] for one in seen] == [first.id]
    changed = replace(first, weights={name: weight + 1 for name, weight in first.weights.items()})
    changed.save(tmp_path / "moved")
    assert files_named(document, document, root)["start"] == changed.id != first.id


def test_a_dropout_that_the_recipe_takes_away_is_none_any_more(first: Bundle) -> None:
    start = replace(first, config=first.config.model_copy(update={"weight_dropout": 0.5, "dropout": 0.5}))
    document = recipe(model={"weight_dropout": 0, "dropout": 0, "context": None})
    made = resolved(check(document, "tiny"), start)
    assert made.model == first.config.model_copy(update={"weight_dropout": 0.0, "dropout": 0.0})
