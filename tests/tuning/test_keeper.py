"""What is kept of a trial after each epoch, without a cluster."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import OutOfMemoryError

from emotion.errors import ConfigError
from emotion.models.bundle import Bundle
from emotion.report.search.found import Trial
from emotion.text.encoder import Remembering
from emotion.training.hardware import Hardware
from emotion.training.loop.checkpoint import FILE
from emotion.training.loop.history import selected
from emotion.training.loop.stages import Means, fit_stages
from emotion.training.parallel import Alone
from emotion.training.recipe import Recipe, read_recipe
from emotion.training.trainer import train
from emotion.training.watcher import Silence
from emotion.tuning import trial as trials
from emotion.tuning.folder import TrialFolder
from emotion.tuning.keeper import Keeper, begin, take
from emotion.tuning.shelf import preparation, ready
from emotion.tuning.space import read_space
from emotion.tuning.trial import fail, halved, one_line
from tests.tuning.made import EPOCHS, space, write


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    return space(tmp_path).recipe({"model.cell": "gru"})


def keeper(recipe: Recipe, root: Path, name: str = "0000") -> tuple[Keeper, Any]:
    prepared = ready(recipe, root)
    folder = TrialFolder(root / "trials" / name)
    return Keeper(folder, Trial(0, {}, recipe.seed), recipe, prepared, 0.0), prepared


def fitted(recipe: Recipe, kept: Keeper, prepared: Any) -> list[dict[str, Any]]:
    return fit_stages(recipe, prepared, Means(Silence(), Hardware(), Alone(), kept))[1]


def test_each_epoch_leaves_a_record_and_the_best_one_a_bundle(recipe: Recipe, tmp_path: Path) -> None:
    kept, prepared = keeper(recipe, tmp_path)
    heard: list[dict[str, Any]] = []
    kept.tell = heard.append
    history = fitted(recipe, kept, prepared)
    kept.close(history)
    assert [told["epochs"] for told in heard] == list(range(1, EPOCHS + 1))
    assert [told["quality"] for told in heard] == list(np.maximum.accumulate([told["select"] for told in heard]))
    found = TrialFolder(tmp_path / "trials" / "0000").read()
    assert found is not None
    assert (found.status, found.epochs, found.quality) == ("finished", EPOCHS, heard[-1]["quality"])
    assert found.speed is not None
    assert found.speed > 0
    bundle = Bundle.load(tmp_path / "trials" / "0000" / "bundle")
    assert (found.model, found.history[found.best or 0]["select"]) == (bundle.id, found.quality)
    assert not (tmp_path / "trials" / "0000" / "epochs").exists()


def test_the_bundle_is_that_of_emotion_train_and_has_seen_no_test(recipe: Recipe, tmp_path: Path) -> None:
    kept, prepared = keeper(recipe, tmp_path)
    kept.close(fitted(recipe, kept, prepared))
    made, alone = Bundle.load(tmp_path / "trials" / "0000" / "bundle"), train(recipe, tmp_path)
    assert made.id == alone.id
    assert made.metrics["history"] == alone.metrics["history"]
    assert (
        made.metrics["sets"]["single"]["validation"]["emotion"]
        == alone.metrics["sets"]["single"]["validation"]["emotion"]
    )
    assert "test" not in made.metrics["sets"]["single"]
    assert "baseline" not in made.metrics["sets"]["single"]["validation"]


def test_a_trial_goes_on_where_it_was_stopped(recipe: Recipe, tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(told: dict[str, Any]) -> None:
        raise Stopped

    kept, prepared = keeper(recipe, tmp_path)
    kept.tell = stop
    with pytest.raises(Stopped):
        fitted(recipe, kept, prepared)
    assert Bundle.load(tmp_path / "trials" / "0000" / "bundle").metrics["history"][-1]["epoch"] == 1
    again, prepared = keeper(recipe, tmp_path)
    heard: list[int] = []
    again.tell = lambda told: heard.append(told["epochs"])
    again.close(fitted(recipe, again, prepared))
    assert heard == list(range(2, EPOCHS + 1))
    assert Bundle.load(tmp_path / "trials" / "0000" / "bundle").id == train(recipe, tmp_path).id


def test_a_trial_that_ends_before_its_last_stage_is_what_its_bundle_is(tmp_path: Path) -> None:
    """Its last epoch, as training keeps it there, although an earlier one was as good."""

    class Stopped(Exception):
        pass

    def stop(told: dict[str, Any]) -> None:
        heard.append(told)
        if told["epochs"] == EPOCHS:
            raise Stopped

    heard: list[dict[str, Any]] = []
    still = read_space(write(tmp_path, stage={"optimiser": {"learning_rate": 1e-12, "ema": 0.0}})).recipe({})
    two = still.model_copy(update={"stages": still.stages * 2})
    kept, prepared = keeper(two, tmp_path)
    kept.tell = stop
    with pytest.raises(Stopped):
        fitted(two, kept, prepared)
    bundle = Bundle.load(kept.folder.bundle)
    assert (kept.trial.best, kept.trial.model) == (EPOCHS - 1, bundle.id)
    assert kept.trial.quality == bundle.metrics["history"][-1]["select"]
    assert heard[-1]["quality"] == max(told["select"] for told in heard)


def test_a_kill_between_the_last_checkpoint_and_its_record_loses_nothing(recipe: Recipe, tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    class Dying(Keeper):
        def _keep(self, checkpoint: Any, anew: bool = False) -> dict[str, Any]:
            if len(checkpoint.numbers["history"]) == EPOCHS:
                raise Killed
            return super()._keep(checkpoint, anew)

    prepared = ready(recipe, tmp_path)
    folder = TrialFolder(tmp_path / "trials" / "0000")
    with pytest.raises(Killed):
        fitted(recipe, Dying(folder, Trial(0, {}, recipe.seed), recipe, prepared, 0.0), prepared)
    known = folder.read()
    assert known is not None
    assert known.epochs == EPOCHS - 1
    again = Keeper(folder, known, recipe, prepared, 0.0)
    again.close(fitted(recipe, again, prepared))
    after = folder.read()
    assert after is not None
    assert (after.status, after.epochs) == ("finished", EPOCHS)
    assert Bundle.load(folder.bundle).id == train(recipe, tmp_path).id


def test_a_population_goes_on_from_another_with_other_rates(recipe: Recipe, tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(told: dict[str, Any]) -> None:
        raise Stopped

    kept, prepared = keeper(recipe, tmp_path)
    kept.tell = stop
    with pytest.raises(Stopped):
        fitted(recipe, kept, prepared)
    other = space(tmp_path).recipe({"stages.*.optimiser.learning_rate": 0.001, "model.cell": "gru"})
    taking, prepared = keeper(other, tmp_path, "0001")
    take(tmp_path / "trials" / "0000" / "epochs", taking.folder, taking.trial)
    assert len(fitted(other, taking, prepared)) == EPOCHS
    larger = space(tmp_path).recipe({"model.hidden": 5})
    wrong, prepared = keeper(larger, tmp_path, "0002")
    take(tmp_path / "trials" / "0000" / "epochs", wrong.folder, wrong.trial)
    with pytest.raises(ConfigError, match=r"model\.hidden is 8 there and 5 here"):
        fitted(larger, wrong, prepared)


def test_what_is_taken_over_is_kept_as_this_trial_s_own(recipe: Recipe, tmp_path: Path) -> None:
    """The donor's epoch stays the best: its bundle, quality and speed are those of the trial that goes on from it."""

    class Stopped(Exception):
        pass

    def stop(told: dict[str, Any]) -> None:
        if told["epochs"] == EPOCHS - 1:
            raise Stopped

    made = read_space(write(tmp_path, stage={"optimiser": {"learning_rate": 0.02, "ema": 0.0}}))
    large = made.recipe({"model.cell": "gru", "model.hidden": 12})
    for given, name in ((large, "0000"), (recipe, "0001")):
        kept, prepared = keeper(given, tmp_path, name)
        kept.tell = stop
        with pytest.raises(Stopped):
            fitted(given, kept, prepared)
    donor, own = (TrialFolder(tmp_path / "trials" / name).read() for name in ("0000", "0001"))
    assert donor is not None
    assert own is not None
    rate = {"stages.*.optimiser.learning_rate": 1e-12}  # with which nothing becomes better
    hopeless = made.recipe({"model.cell": "gru", "model.hidden": 12} | rate)
    taking = Keeper(TrialFolder(tmp_path / "trials" / "0001"), own, hopeless, ready(hopeless, tmp_path), 0.0)
    own.speed = 1.0
    take(tmp_path / "trials" / "0000" / "epochs", taking.folder, own)
    taking.close(fitted(hopeless, taking, ready(hopeless, tmp_path)))
    after, bundle = taking.folder.read(), Bundle.load(taking.folder.bundle)
    assert after is not None
    assert (after.epochs, after.quality) == (EPOCHS, donor.quality)
    assert after.model == bundle.id == donor.model
    assert selected(bundle.metrics) == after.quality
    assert after.speed != 1.0


@pytest.mark.parametrize("written", [False, True])
def test_a_kill_while_a_trial_takes_over_leaves_values_and_weights_that_fit(tmp_path: Path, written: bool) -> None:
    """The new values are on record or not when it is killed: with them goes the checkpoint, or neither does."""
    folder = TrialFolder(tmp_path / "0001")
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / FILE).write_text("the donor's")
    folder.epochs.mkdir(parents=True)
    (folder.epochs / FILE).write_text("its own")
    old, new = Trial(1, {"model.hidden": 48}, 0), Trial(1, {"model.hidden": 96}, 0)
    folder.write(old)

    class Killed(Exception):
        pass

    def dying(trial: Trial) -> None:
        if written:
            TrialFolder.write(folder, trial)
        raise Killed

    folder.write = dying  # type: ignore[method-assign]
    with pytest.raises(Killed):
        take(tmp_path / "given", folder, new)
    again = TrialFolder(tmp_path / "0001")
    known = again.read()
    assert known is not None
    begin(again, known)
    assert known.values == (new if written else old).values
    assert (again.epochs / FILE).read_text() == ("the donor's" if written else "its own")
    assert [path.name for path in again.epochs.iterdir()] == [FILE]


def test_ids_that_are_remembered_are_those_of_any_encoder(recipe: Recipe, tmp_path: Path) -> None:
    encoder = ready(recipe, tmp_path).encoder
    assert isinstance(encoder, Remembering)
    plain = encoder.encode
    texts = ["train alpha 3 so rage today", "train alpha 0 so furious today", "never seen", ""]
    for asked in (texts[:2], texts[1::-1], texts):
        ids, offsets = encoder.ids(asked)
        expected = plain(asked)
        assert ids.tolist() == expected.ids.tolist()
        assert offsets.tolist() == expected.offsets.tolist()


def test_what_decides_the_data_is_prepared_anew_and_nothing_else(tmp_path: Path) -> None:
    found = space(tmp_path, parameters={"rules.lower": {"choice": [True, False]}, "model.hidden": {"integer": [4, 8]}})
    assert preparation(found.recipe({"model.hidden": 4}, 1)) == preparation(found.recipe({"model.hidden": 8}, 2))
    assert preparation(found.recipe({"rules.lower": False})) != preparation(found.recipe({"rules.lower": True}))


def test_batches_are_halved_where_a_gpu_has_no_room(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def full(recipe: Recipe, prepared: Any, means: Means) -> tuple[None, list[dict[str, Any]]]:
        sizes.append(recipe.stages[0].batch_size)
        if sizes[-1] > 2:
            raise OutOfMemoryError("CUDA out of memory")
        return None, []

    monkeypatch.setattr("emotion.training.loop.stages.fit_stages", full)
    kept, prepared = keeper(recipe, tmp_path)
    work = trials.Work(space(tmp_path), tmp_path, tmp_path, tmp_path, 0.0)
    closed: list[Any] = []
    monkeypatch.setattr(kept, "close", closed.append)
    kept.folder.path.mkdir(parents=True)
    trials._fit(recipe, prepared, kept, None, work)
    assert closed == [[]]
    assert sizes == [8, 4, 2]
    assert kept.trial.reason == "batches of 1/4 of the size: the GPU had no room for more"
    told = read_recipe(kept.folder.recipe)
    assert (kept.recipe.stages[0].batch_size, told.stages[0].batch_size) == (2, 2)
    assert told.stages[0].model_copy(update={"batch_size": 8}) == recipe.stages[0]
    assert halved(recipe).stages[0].batch_tokens is None
    with pytest.raises(trials.Crowded):  # first it tries a whole GPU
        trials._fit(recipe, prepared, kept, None, replace(work, gpu=0.5))


def test_a_failure_is_one_line_and_its_story_a_file(tmp_path: Path) -> None:
    folder, trial = TrialFolder(tmp_path / "0000"), Trial(0, {}, 1)
    fail(folder, trial, ValueError("two\n lines"))
    kept = folder.read()
    assert kept is not None
    assert (kept.status, kept.reason) == ("failed", "ValueError: two lines")
    assert "ValueError" in (tmp_path / "0000" / "error.txt").read_text()
    assert one_line(ConfigError("Training diverged.")) == "Training diverged."
    assert one_line(MemoryError()) == "MemoryError"
