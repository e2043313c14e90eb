"""Several seeds of one recipe: which is kept, and what is said of all."""

from pathlib import Path

import pytest
import torch

from emotion.errors import ConfigError
from emotion.models.bundle import Bundle, weights_of
from emotion.models.classifier import Classifier
from emotion.text.rules import Rules
from emotion.text.vocabulary import Vocabulary
from emotion.training.outcome.card import card
from emotion.training.outcome.seeds import best_on_validation, seeded, with_seeds
from tests.training.made_metrics import RECIPE, metrics


def made(seed: int, validation: float, test: float) -> Bundle:
    """A bundle whose last stage reached `validation` in its best epoch, with `test` as accuracy on the test split."""
    vocabulary = Vocabulary({"happy": 2})
    torch.manual_seed(seed)
    network = Classifier(RECIPE.model, RECIPE.heads, len(vocabulary))
    numbers = metrics(seed, validation, test)
    return Bundle(
        config=RECIPE.model,
        heads=RECIPE.heads,
        rules=Rules(),
        vocabulary=vocabulary,
        weights=weights_of(network, half=True),
        metrics=numbers,
        card=card(numbers),
    )


def test_seeds_follow_each_other() -> None:
    assert [one.seed for one in seeded(RECIPE, 3)] == [3, 4, 5]
    assert seeded(RECIPE, 1) == [RECIPE]


def test_seeds_past_the_last_are_refused() -> None:
    with pytest.raises(ConfigError, match="seed: 2147483647 and 1 more"):
        seeded(RECIPE.model_copy(update={"seed": 2**31 - 1}), 2)


def test_validation_chooses_and_not_the_test_split() -> None:
    bundles = [made(3, 0.7, 0.9), made(4, 0.8, 0.2), made(5, 0.8, 0.95)]
    assert best_on_validation(bundles) is bundles[1]  # the first of equals


def test_the_bundle_kept_tells_of_all_seeds(tmp_path: Path) -> None:
    bundles = [made(3, 0.7, 0.5), made(4, 0.8, 0.75), made(5, 0.6, 1.0)]
    kept = with_seeds(bundles[1], bundles)
    kept.save(tmp_path / "bundle")
    seeds = Bundle.load(tmp_path / "bundle").metrics["seeds"]
    assert kept.id == bundles[1].id
    assert seeds["kept"] == 4
    assert [run["select"] for run in seeds["runs"]] == [0.7, 0.8, 0.6]
    assert [run["id"] for run in seeds["runs"]] == [bundle.id for bundle in bundles]
    accuracy = seeds["spread"]["single"]["test"]["emotion"]["accuracy"]
    assert accuracy["mean"] == pytest.approx(0.75)
    assert accuracy["std"] == pytest.approx(0.2041, abs=1e-4)
    assert "baseline" not in seeds["spread"]["single"]["test"]
    assert "0.7500 ± 0.2041" in kept.card
    assert "the seeds 3, 4, 5" in kept.card
    assert kept.card == card(dict(kept.metrics))


def test_a_measure_that_one_seed_lacks_has_no_mean() -> None:
    bundles = [made(3, 0.7, 0.5), made(4, 0.8, 0.75)]
    del bundles[0].metrics["sets"]["single"]["test"]["emotion"]["accuracy"]
    spread = with_seeds(bundles[1], bundles).metrics["seeds"]["spread"]
    assert spread == {"single": {"validation": {"profile": {"hit": {"mean": 0.5, "std": 0.0}}}}}
