"""Trials of recipes that read contextual vectors, without a cluster: what is kept of them, and how they go on."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from emotion.models.bundle import Bundle
from emotion.models.context.config import PLACES
from emotion.models.context.contextual import FOLDER
from emotion.predictor import Predictor
from emotion.report.search.found import Trial
from emotion.training.context import with_context
from emotion.training.hardware import Hardware
from emotion.training.loop.stages import Means, fit_stages
from emotion.training.parallel import Alone
from emotion.training.prepare import Prepared
from emotion.training.recipe import Recipe
from emotion.training.trainer import train
from emotion.training.watcher import Silence
from emotion.tuning import trial as trials
from emotion.tuning.folder import TrialFolder
from emotion.tuning.keeper import Keeper, take
from emotion.tuning.shelf import ready
from emotion.tuning.space import Space, read_space
from tests.models.elmo.made_elmo import write_elmo
from tests.training.made_sets import recipe as made_recipe
from tests.training.made_sets import write_sets
from tests.training.teachers.made_teachers import write_base

EPOCHS = 3
SAID = ["so today text train", "", "alpha beta zzz", "alpha beta", "user"]
RATES, RATE = "stages.*.optimiser.rates", "stages.*.optimiser.learning_rate"
TUNED: dict[str, Any] = {"kind": "transformer", "path": "base", "trained": True, "layers": "top"}
ELMO: dict[str, Any] = {"kind": "elmo", "options": "elmo/tiny_options.json", "weights": "elmo/tiny_weights.hdf5"}


class Stopped(Exception):
    pass


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_sets(folder)
    write_base(folder / "base")
    write_elmo(folder / "elmo")
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path_factory.mktemp("cache")))


def space(folder: Path, context: dict[str, Any]) -> Space:
    base = made_recipe(context=context)
    base["model"] |= {"embedding_dim": 0}
    base["stages"][0] |= {"epochs": EPOCHS, "patience": EPOCHS}
    base["stages"][0]["optimiser"] = {"learning_rate": 0.01, "ema": 0.0}
    (folder / "recipe.yaml").write_text(yaml.safe_dump(base))
    part = "context" if context.get("trained") else "encoder"
    parameters = {RATE: {"loguniform": [1e-12, 0.1]}, RATES: {"choice": [{}, {part: 1e-3}, {part: 1e-12}]}}
    written = {"name": "tiny", "recipe": "recipe.yaml", "parameters": parameters, "search": {"trials": 2}}
    (folder / "space.yaml").write_text(yaml.safe_dump(written))
    return read_space(folder / "space.yaml")


def opened(recipe: Recipe, root: Path) -> tuple[Recipe, Prepared]:
    """As a trial prepares itself."""
    recipe, context = with_context(recipe, root, None, torch.device("cpu"))
    return recipe, ready(recipe, root).beside(context)


def keeper(recipe: Recipe, root: Path, folder: Path) -> tuple[Keeper, Prepared]:
    recipe, prepared = opened(recipe, root)
    return Keeper(TrialFolder(folder), Trial(0, {}, recipe.seed), recipe, prepared, 0.0), prepared


def fitted(kept: Keeper, prepared: Prepared) -> list[dict[str, Any]]:
    return fit_stages(kept.recipe, prepared.apart(), Means(Silence(), Hardware(), Alone(), kept))[1]


def stopped_after(epochs: int, kept: Keeper, prepared: Prepared) -> None:
    def stop(told: dict[str, Any]) -> None:
        if told["epochs"] == epochs:
            raise Stopped

    kept.tell = stop
    with pytest.raises(Stopped):
        fitted(kept, prepared)


@pytest.fixture
def tuned(tmp_path: Path) -> Recipe:
    return space(tmp_path, TUNED).recipe({RATES: {"context": 1e-3}})


def test_a_trial_that_trains_its_encoder_makes_the_bundle_of_emotion_train(
    tuned: Recipe, root: Path, tmp_path: Path
) -> None:
    kept, prepared = keeper(tuned, root, tmp_path / "0000")
    kept.close(fitted(kept, prepared))
    made, alone = Bundle.load(tmp_path / "0000" / "bundle"), train(tuned, root)
    assert made.id == alone.id == kept.trial.model
    assert made.metrics["history"] == alone.metrics["history"]
    assert Predictor(made)(SAID).scores == pytest.approx(Predictor(alone)(SAID).scores, abs=1e-6)


def test_it_goes_on_where_it_was_stopped_and_its_first_bundle_is_whole(
    tuned: Recipe, root: Path, tmp_path: Path
) -> None:
    stopped_after(1, *keeper(tuned, root, tmp_path / "0000"))
    first = Bundle.load(tmp_path / "0000" / "bundle")
    assert Predictor(first)(SAID).scores.shape == (len(SAID), 3)
    kept, prepared = keeper(tuned, root, tmp_path / "0000")
    kept.close(fitted(kept, prepared))
    assert Bundle.load(tmp_path / "0000" / "bundle").id == train(tuned, root).id != first.id


def test_in_a_population_another_s_encoder_is_taken_over_with_its_bundle(tmp_path: Path, root: Path) -> None:
    made = space(tmp_path, TUNED)
    donor, given = keeper(made.recipe({RATES: {"context": 1e-3}}), root, tmp_path / "0000")
    stopped_after(EPOCHS - 1, donor, given)
    own, given = keeper(made.recipe({}), root, tmp_path / "0001")
    stopped_after(1, own, given)
    hopeless = made.recipe({RATE: 1e-12, RATES: {"context": 1e-12}})  # with which nothing becomes better
    taking, given = keeper(hopeless, root, tmp_path / "0001")
    before = own.trial.model
    take(donor.folder.epochs, taking.folder, taking.trial)
    taking.close(fitted(taking, given))
    after = Bundle.load(taking.folder.bundle)
    assert after.id == taking.trial.model == donor.trial.model != before
    assert (taking.trial.epochs, taking.trial.quality) == (EPOCHS, donor.trial.quality)
    assert Predictor(after)(SAID).scores == pytest.approx(
        Predictor(Bundle.load(donor.folder.bundle))(SAID).scores, abs=1e-6
    )


def test_smaller_batches_begin_with_the_encoder_of_the_recipe(
    tuned: Recipe, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[torch.Tensor] = []

    def full(recipe: Recipe, prepared: Prepared, means: Means) -> tuple[None, list[dict[str, Any]]]:
        assert prepared.context is not None
        assert prepared.context.trained is not None
        weight = next(prepared.context.trained.module.parameters())
        begun.append(weight.detach().clone())
        weight.data += 1  # it learns, until
        if len(begun) == 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return None, []

    monkeypatch.setattr("emotion.training.loop.stages.fit_stages", full)
    kept, prepared = keeper(tuned, root, tmp_path / "0000")
    kept.folder.path.mkdir()
    monkeypatch.setattr(kept, "close", lambda history: None)
    work = trials.Work(space(tmp_path, TUNED), root, tmp_path, tmp_path, 0.0)
    trials._fit(kept.recipe, prepared, kept, None, work)
    assert torch.equal(*begun)


@pytest.mark.parametrize("pack", [True, False])
def test_a_trial_reads_elmo_where_its_recipe_names_it(
    pack: bool, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PLACES, raising=False)
    recipe = space(tmp_path, ELMO | {"pack": pack}).recipe({})
    kept, prepared = keeper(recipe, root, tmp_path / "0000")
    kept.close(fitted(kept, prepared))
    made = Bundle.load(tmp_path / "0000" / "bundle")
    assert made.id == train(recipe, root).id
    assert (tmp_path / "0000" / "bundle" / FOLDER).exists() == pack


def test_trials_look_where_the_driver_does_unless_their_machine_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for the ELMo of a bundle that a recipe starts from, which that bundle does not hold."""
    monkeypatch.setattr(torch, "set_num_threads", lambda number: None)
    work = trials.Work(space(tmp_path, TUNED), tmp_path, tmp_path, Path.cwd(), 0.0, places="/their/elmo")
    monkeypatch.setenv(PLACES, "/own/elmo")
    trials.settle_in(work)
    assert os.environ[PLACES] == "/own/elmo"
    monkeypatch.delenv(PLACES)
    trials.settle_in(work)
    assert os.environ[PLACES] == "/their/elmo"
