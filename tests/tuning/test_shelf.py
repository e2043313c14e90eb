"""Prepared data as trials take them from the shelf."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import ray
from ray.exceptions import ObjectLostError, RayActorError

from emotion.errors import ConfigError, JobError
from emotion.report.search.found import Trial
from emotion.training.recipe import Recipe, check
from emotion.training.trainer import train
from emotion.tuning.folder import TrialFolder
from emotion.tuning.shelf import ready
from emotion.tuning.trial import Work, _train, from_shelf
from tests.training.made_sets import recipe as made_recipe
from tests.training.made_sets import write_sets
from tests.tuning.made import space

LOST: Any = ObjectLostError


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    return space(tmp_path).recipe({}, 0)


@pytest.mark.parametrize(("times", "again", "asked"), [(0, 2, 1), (2, 2, 3)])
def test_data_that_went_with_the_shelf_s_process_are_asked_for_again(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, again: int, asked: int
) -> None:
    shelf = Shelf(recipe, tmp_path, monkeypatch, lost=times)
    assert from_shelf(shelf, recipe, again) is shelf.data
    assert shelf.asked == asked


def test_what_is_lost_time_after_time_fails(recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(recipe, tmp_path, monkeypatch, lost=3)
    with pytest.raises(ObjectLostError):
        from_shelf(shelf, recipe)
    assert shelf.asked == 3


def test_what_kills_the_shelf_each_time_fails_with_a_sentence(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(recipe, tmp_path, monkeypatch, lost=0)

    def died(given: Any) -> Any:
        raise RayActorError

    monkeypatch.setattr(ray, "get", died)
    with pytest.raises(JobError, match="The process that prepares the data died each time"):
        from_shelf(shelf, recipe)


def test_data_prepared_for_another_trial_are_held_against_the_recipe_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught = {
        "options": {"right": {"curves": 1}, "wrong": {"teach": {"single": {"emotion": {"map": {"joyous": "joy"}}}}}}
    }
    tried = space(tmp_path, parameters={"taught": taught})
    shelf = Shelf(tried.recipe({"taught": "right"}, 0), tmp_path, monkeypatch, lost=0)
    work = Work(tried, tmp_path, tmp_path / "trials", tmp_path, 0.0)
    with pytest.raises(ConfigError, match="joyous"):
        _train(work, TrialFolder(tmp_path / "trials" / "0"), Trial(0, {"taught": "wrong"}, 0), shelf)


def test_data_are_cleaned_as_the_bundle_does_that_a_recipe_starts_from(tmp_path: Path) -> None:
    document = made_recipe(rules={"hashtags": "keep"})
    document = made_recipe(rules={"hashtags": "keep"}, stages=[{"sets": ["single", "several"], "epochs": 1}])
    write_sets(tmp_path)
    train(check(document, "tiny"), tmp_path).save(tmp_path / "first")
    found = ready(check(document | {"rules": {}, "start": {"bundle": str(tmp_path / "first")}}, "tiny"), tmp_path)
    assert found.encoder.rules.hashtags == "keep"


class Shelf:
    """Answers as the actor does; what it hands out is `lost` so many times before it arrives."""

    def __init__(self, recipe: Recipe, root: Path, monkeypatch: pytest.MonkeyPatch, lost: int) -> None:
        self.data, self.asked, self._lost = ready(recipe, root), 0, lost
        self.prepared = SimpleNamespace(remote=self._ask)
        monkeypatch.setattr(ray, "get", self._get)

    def _ask(self, recipe: Recipe) -> list[str]:
        self.asked += 1
        return ["reference"]

    def _get(self, given: Any) -> Any:
        if isinstance(given, list):
            return given
        if self.asked <= self._lost:
            raise LOST("00" * 28, None, "")
        return self.data
