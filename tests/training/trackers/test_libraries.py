"""What each tracker wrote, read back by its own library."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from emotion.training.recipe import check
from emotion.training.trackers.numbers import run_of
from emotion.training.trackers.tracking import TRACKERS, Tracking, prepare
from tests.training.made_sets import recipe
from tests.training.trackers import wandb_file

EPOCHS = [
    {"stage": 1, "epoch": 1, "loss": 0.9, "single.emotion.macro_f1": 0.5, "select": 0.5},
    {"stage": 1, "epoch": 2, "loss": 0.4, "single.emotion.macro_f1": 0.8, "select": 0.8},
    {"stage": 2, "epoch": 1, "loss": 0.3, "train.single.emotion.loss": 0.25, "select": 0.7},
]
METRICS = {"sets": {"single": {"rows": {"test": 3}, "test": {"emotion": {"accuracy": 0.75, "rows": 3, "labels": {}}}}}}
DOCUMENTS = {"README.md": "# tiny\n\nA card.\n", "report.html": "<p>A report.</p>"}
FINAL = "final/single.test.emotion.accuracy"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of their own for the libraries, and no settings of whoever runs the tests."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("WANDB_", "MLFLOW_")):
                patch.delenv(name)
        for name in ("WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR"):
            patch.setenv(name, str(home / name.lower()))
        patch.setenv("WANDB_ERROR_REPORTING", "false")
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        patch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        yield home


@pytest.fixture(scope="module")
def told(elsewhere: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which all trackers kept one training."""
    folder = tmp_path_factory.mktemp("tracking")
    failures: list[str] = []
    run = run_of(check(recipe(), "tiny"), "tiny, seed 3")
    with Tracking(tuple(TRACKERS), folder, run, failures.append) as tracking:
        for record in EPOCHS:
            tracking.epoch(record)
        tracking.finish(METRICS, DOCUMENTS)
    assert failures == []
    return folder


def test_tensorboard_reads_curves_parameters_and_the_card(told: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (folder,) = (told / "tensorboard").iterdir()
    assert folder.name.startswith("tiny-seed-3-")
    read: Any = EventAccumulator(str(folder))
    read.Reload()
    curve = [(event.step, round(event.value, 6)) for event in read.Scalars("validation/single.emotion.macro_f1")]
    assert curve == [(1, 0.5), (2, 0.8)]
    assert [event.step for event in read.Scalars("train/single.emotion.loss")] == [3]
    assert [round(event.value, 6) for event in read.Scalars(FINAL)] == [0.75]
    assert b"# tiny" in read.Tensors("README/text_summary")[0].tensor_proto.string_val[0]
    assert b"| stages.0.batch_size | 8 |" in read.Tensors("recipe/text_summary")[0].tensor_proto.string_val[0]
    assert "hparams" in read.summary_metadata["_hparams_/session_start_info"].plugin_data.plugin_name


def test_mlflow_reads_the_run_with_its_documents(told: Path) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=(told / "mlflow").as_uri())
    experiment = client.get_experiment_by_name("emotion")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "tiny, seed 3"
    assert run.data.params["heads.0.labels"] == "anger, fear, joy"
    assert run.data.params["stages.0.optimiser.learning_rate"] == "0.02"
    assert run.data.metrics[FINAL] == 0.75
    losses = client.get_metric_history(run.info.run_id, "loss")
    assert [(metric.step, metric.value) for metric in losses] == [(1, 0.9), (2, 0.4), (3, 0.3)]
    assert {file.path for file in client.list_artifacts(run.info.run_id)} == set(DOCUMENTS)


def test_wandb_keeps_the_run_offline(told: Path) -> None:
    (path,) = (told / "wandb").glob("offline-run-*/run-*.wandb")
    logged = wandb_file.history(path)
    assert [(step["_step"], step["loss"]) for step in logged] == [(1, 0.9), (2, 0.4), (3, 0.3)]
    assert logged[1]["validation/single.emotion.macro_f1"] == 0.8
    assert wandb_file.configuration(path)["model.cell"] == "gru"
    assert wandb_file.summary(path)[FINAL] == 0.75
    assert (path.parent / "files" / "README.md").read_text() == DOCUMENTS["README.md"]


def interrupted(folder: Path) -> None:
    with Tracking(("mlflow", "wandb"), folder, run_of(check(recipe(), "tiny")), pytest.fail) as tracking:
        tracking.epoch(EPOCHS[0])
        raise KeyboardInterrupt


def test_nothing_is_said_and_no_process_stays(
    elsewhere: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path)
    names = [child.name() for child in psutil.Process().children(recursive=True)]
    assert [name for name in names if "wandb" in name] == []
    assert capfd.readouterr() == ("", "")
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=(tmp_path / "mlflow").as_uri())
    experiments = [found.experiment_id for found in client.search_experiments()]
    assert [run.info.status for run in client.search_runs(experiments)] == ["KILLED"]


def test_wandb_without_a_key_is_a_note_and_no_question(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    notes: list[str] = []
    with Tracking(("wandb",), tmp_path, run_of(check(recipe(), "tiny")), notes.append):
        pass
    (note,) = notes
    assert "wandb login" in note


def test_trainings_of_the_same_name_lie_beside_each_other(elsewhere: Path, tmp_path: Path) -> None:
    run = run_of(check(recipe(), "tiny"))
    for _ in range(2):
        with Tracking(("tensorboard",), tmp_path, run, pytest.fail):
            pass
    assert len(list((tmp_path / "tensorboard").iterdir())) == 2


def test_trainings_at_once_find_one_experiment_that_was_made_before_them(elsewhere: Path, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    prepare(("mlflow", "wandb"), tmp_path, pytest.fail)
    prepare(("mlflow",), tmp_path, pytest.fail)
    client = MlflowClient(tracking_uri=(tmp_path / "mlflow").as_uri())
    assert [found.name for found in client.search_experiments()].count("emotion") == 1


def test_a_store_that_cannot_be_prepared_is_a_note(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nowhere://")
    notes: list[str] = []
    prepare(("mlflow",), tmp_path, notes.append)
    assert len(notes) == 1
    assert notes[0].startswith("mlflow failed: ")
