"""Trackers beside a training: what they are told, and that none of them can end it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from emotion.errors import UsageError
from emotion.training.recipe import check
from emotion.training.trackers import tracking
from emotion.training.trackers.numbers import epoch_numbers, final_numbers, flat, run_of
from emotion.training.trackers.tracker import Outcome, Run
from emotion.training.trackers.tracking import Tracking, check_trackers
from tests.training.made_sets import recipe


class Recorder:
    """A tracker that keeps what it is told, and fails where it is told to."""

    def __init__(self, failing: str = "") -> None:
        self.heard: list[Any] = []
        self._failing = failing

    def start(self, run: Run) -> None:
        self._hear("start", run.name)

    def epoch(self, step: int, numbers: Mapping[str, float]) -> None:
        self._hear("epoch", step)

    def finish(self, step: int, numbers: Mapping[str, float], documents: Mapping[str, str]) -> None:
        self._hear("finish", step, *documents)

    def close(self, outcome: Outcome) -> None:
        self._hear("close", outcome)

    def _hear(self, what: str, *about: Any) -> None:
        self.heard.append((what, *about))
        if what == self._failing:
            raise OSError(f"no room to {what}\nand more lines")


def told(monkeypatch: pytest.MonkeyPatch, *trackers: Recorder) -> tuple[Tracking, list[str]]:
    names = ("tensorboard", "mlflow", "wandb")[: len(trackers)]
    made = {name: (lambda folder, it=tracker: it) for name, tracker in zip(names, trackers, strict=True)}
    monkeypatch.setattr(tracking, "TRACKERS", made)
    notes: list[str] = []
    return Tracking(names, Path("unused"), Run("tiny", "tiny", {}), notes.append), notes


def test_a_tracker_hears_of_start_epochs_result_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Recorder(), Recorder()
    watcher, notes = told(monkeypatch, first, second)
    with watcher:
        watcher.epoch({"epoch": 1, "loss": 0.5})
        watcher.epoch({"epoch": 1, "loss": 0.4})
        watcher.finish({"sets": {}}, {"README.md": "#"})
    assert first.heard == [
        ("start", "tiny"),
        ("epoch", 1),
        ("epoch", 2),
        ("finish", 2, "README.md"),
        ("close", "finished"),
    ]
    assert second.heard == first.heard
    assert notes == []


@pytest.mark.parametrize("failing", ["start", "epoch", "finish", "close"])
def test_a_tracker_that_fails_is_named_once_and_left_alone(monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    broken, whole = Recorder(failing), Recorder()
    watcher, notes = told(monkeypatch, broken, whole)
    with watcher:
        watcher.epoch({"epoch": 1, "loss": 0.5})
        watcher.epoch({"epoch": 2, "loss": 0.4})
        watcher.finish({"sets": {}}, {})
    assert notes == [f"tensorboard failed and is told nothing more: no room to {failing}"]
    assert len(whole.heard) == 5
    at = [what for what, *_ in broken.heard].index(failing)
    assert broken.heard[at + 1 :] == [("close", "failed")]


@pytest.mark.parametrize(("error", "outcome"), [(KeyboardInterrupt, "stopped"), (ValueError, "failed")])
def test_a_tracker_hears_how_a_training_ended(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException], outcome: str
) -> None:
    heard = Recorder()
    watcher, _ = told(monkeypatch, heard)
    with pytest.raises(error), watcher:
        raise error
    assert heard.heard[-1] == ("close", outcome)


def test_an_unknown_tracker_is_refused() -> None:
    with pytest.raises(UsageError, match="--track 'paper' is none of tensorboard, mlflow, wandb"):
        check_trackers(["paper"])


def test_a_missing_package_is_a_sentence_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'emotion\[track\]'"):
        check_trackers(["wandb"])


def test_a_folder_of_a_trackers_name_is_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "paper_tracker").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(tracking, "TRACKERS", {"paper_tracker": lambda folder: Recorder()})
    with pytest.raises(UsageError, match="paper_tracker"):
        check_trackers(["paper_tracker"])


def test_a_document_is_flat() -> None:
    document = {"a": {"b": [{"c": 1}, {"c": None}], "d": []}, "e": [1, 2], "f": True, "g": 0.5, "h": "x"}
    assert flat(document) == {"a.b.0.c": 1, "e": "1, 2", "f": True, "g": 0.5, "h": "x"}


def test_parameters_leave_out_what_is_only_for_the_card() -> None:
    run = run_of(check(recipe(limits=["Made up."], license="None."), "tiny"))
    assert {"limits", "license"} & run.parameters.keys() == set()
    assert run.parameters["heads.0.labels"] == "anger, fear, joy"
    assert (run.name, run.group) == ("tiny", "tiny")


def test_a_long_parameter_is_cut() -> None:
    files = [f"single-{number}.txt" for number in range(200)]
    document = recipe()
    document["sets"]["single"]["train"] = files
    value = run_of(check(document, "tiny")).parameters["sets.single.train"]
    assert isinstance(value, str)
    assert len(value) == 500


def test_measures_of_an_epoch_are_grouped_by_split() -> None:
    record = {"stage": 1, "epoch": 2, "loss": 0.5, "a.b.f1": 0.25, "train.a.b.f1": 1, "select": 0.5, "x": float("nan")}
    assert epoch_numbers(record) == {"loss": 0.5, "validation/a.b.f1": 0.25, "train/a.b.f1": 1.0, "select": 0.5}


def test_final_numbers_name_set_split_head_and_measure() -> None:
    head = {"accuracy": 0.5, "rows": 3, "labels": {"joy": {"f1": 1.0}}, "thresholds": [0.5]}
    metrics = {"sets": {"a": {"source": "x", "rows": {"test": 3}, "test": {"b": head}, "validation": {}}}}
    assert final_numbers(metrics) == {"final/a.test.b.accuracy": 0.5}
