"""A training that is killed goes on after its last whole epoch, to the same model; another's checkpoint is refused."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml

from emotion.errors import ConfigError
from emotion.models.bundle import Bundle
from emotion.training.loop import checkpoint
from emotion.training.loop.checkpoint import FILE
from emotion.training.recipe import check
from emotion.training.trainer import train
from emotion.training.watcher import Watcher
from tests.training.made_sets import recipe, write_sets

TRAIN = """
import sys, yaml, torch; torch.set_num_threads(1)
from pathlib import Path
from emotion.training.recipe import check
from emotion.training.trainer import train
document, root, checkpoints = sys.argv[1:]
train(check(yaml.safe_load(document), 'tiny'), Path(root), checkpoints=Path(checkpoints))
"""

EVERYTHING: dict[str, Any] = {
    "model": recipe()["model"] | {"layers": 2, "dropout": 0.2, "word_dropout": 0.1, "weight_dropout": 0.1},
    "stages": [
        {"sets": [{"name": "several", "sample": 20}], "epochs": 2, "freeze": ["heads"], "optimiser": {"swa": 0.0}},
        {
            "sets": ["single", {"name": "several", "sample": 0.5}],
            "epochs": 3,
            "batch_size": 8,
            "batch_tokens": 60,
            "optimiser": {"learning_rate": 0.02, "schedule": "plateau", "ema": 0.8, "warmup": 0.1},
        },
    ],
    "losses": {"emotion": {"weights": "balanced", "focal": 1}, "profile": {"asymmetric": {}}},
}


class Stopped(Exception):
    """Raised by a watcher."""


class Told(Watcher):
    """Keeps what it is told of epochs, and stops training after some of them."""

    def __init__(self, stop: int | None = None) -> None:
        self.records: list[Mapping[str, Any]] = []
        self.stages: list[int] = []
        self.notes: list[str] = []
        self._stop = stop

    def begin(self, task: str, total: int) -> None:
        if len(self.records) == self._stop:
            raise Stopped

    def stage(self, number: int, count: int, epochs: int) -> None:
        self.stages.append(number)

    def epoch(self, record: Mapping[str, Any]) -> None:
        self.records.append(record)

    def note(self, line: str) -> None:
        self.notes.append(line)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_sets(folder)
    return folder


@pytest.fixture(scope="module")
def whole(root: Path) -> Bundle:
    """Trained without a stop, and without checkpoints."""
    return train(check(recipe(**EVERYTHING), "tiny"), root)


@pytest.mark.parametrize("stop", [1, 2, 3, 5])
def test_a_stopped_training_goes_on_to_the_same_model(stop: int, whole: Bundle, root: Path, tmp_path: Path) -> None:
    with pytest.raises(Stopped) if stop < 5 else nullcontext():
        train(check(recipe(**EVERYTHING), "tiny"), root, Told(stop), checkpoints=tmp_path)
    told = Told()
    made = train(check(recipe(**EVERYTHING), "tiny"), root, told, checkpoints=tmp_path)
    assert made.id == whole.id
    assert made.metrics["history"] == whole.metrics["history"]
    assert told.stages == [1, 2]
    assert len(told.records) == len(whole.metrics["history"])
    assert any("going on after epoch" in note for note in told.notes)


def test_the_seconds_of_a_training_are_those_before_its_stop_too(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = recipe(stages=[{"sets": ["single", "several"], "epochs": 2, "patience": 2}])
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 1000))
        with pytest.raises(Stopped):
            train(check(document, "tiny"), root, Told(stop=1), checkpoints=tmp_path)
    made = train(check(document, "tiny"), root, checkpoints=tmp_path)
    assert 1000 <= made.metrics["made"]["seconds"] < 1900


def test_what_was_measured_before_the_stop_is_told_once_more(root: Path, tmp_path: Path) -> None:
    document = recipe(stages=[{"sets": ["single", "several"], "epochs": 3, "patience": 3}])
    first, second = Told(stop=2), Told()
    with pytest.raises(Stopped):
        train(check(document, "tiny"), root, first, checkpoints=tmp_path)
    train(check(document, "tiny"), root, second, checkpoints=tmp_path)
    assert second.records[:2] == first.records
    assert [record["epoch"] for record in second.records] == [1, 2, 3]


@pytest.mark.parametrize("crash", ["epoch:3", "checkpoint:2"])
def test_a_killed_process_is_followed_by_the_same_training(
    crash: str, whole: Bundle, root: Path, tmp_path: Path
) -> None:
    """Killed after an epoch, and while a checkpoint is written."""
    document = yaml.safe_dump(recipe(**EVERYTHING), sort_keys=False)
    command = [sys.executable, "-c", TRAIN, document, str(root), str(tmp_path)]
    killed = subprocess.run(command, check=False, env=os.environ | {"EMOTION_CRASH": crash})
    assert killed.returncode == -signal.SIGKILL
    assert train(check(recipe(**EVERYTHING), "tiny"), root, checkpoints=tmp_path).id == whole.id
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_checkpoint_of_another_training_is_refused_by_what_differs(root: Path, tmp_path: Path) -> None:
    document = recipe(stages=[{"sets": ["single", "several"], "epochs": 1}])
    train(check(document, "tiny"), root, checkpoints=tmp_path)
    with pytest.raises(ConfigError, match=r"another training: recipe\.seed is 3 there and 4 here\."):
        train(check(document | {"seed": 4}, "tiny"), root, checkpoints=tmp_path)
    document["stages"] = [{"sets": ["single", "several"], "epochs": 2}]
    with pytest.raises(ConfigError, match=r"recipe\.stages\.0\.epochs is 1 there and 2 here"):
        train(check(document, "tiny"), root, checkpoints=tmp_path)


def test_a_checkpoint_of_other_data_is_refused(root: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    write_sets(data)
    document = recipe(stages=[{"sets": ["single", "several"], "epochs": 1}])
    train(check(document, "tiny"), data, checkpoints=tmp_path / "kept")
    with (data / "single-train.txt").open("a") as file:
        file.write("one more smile;joy\n")
    with pytest.raises(ConfigError, match="another training: data is"):
        train(check(document, "tiny"), data, checkpoints=tmp_path / "kept")


@pytest.mark.parametrize("content", [b"", b"no tensors at all"])
def test_a_damaged_checkpoint_is_a_sentence(content: bytes, root: Path, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ConfigError, match="remove it"):
        train(check(recipe(), "tiny"), root, checkpoints=tmp_path)


def test_a_checkpoint_leaves_the_callers_random_numbers_alone(root: Path, tmp_path: Path) -> None:
    document = recipe(stages=[{"sets": ["single", "several"], "epochs": 1}])
    for _ in range(2):
        torch.manual_seed(5)
        before = torch.get_rng_state()
        train(check(document, "tiny"), root, checkpoints=tmp_path)
        assert torch.equal(before, torch.get_rng_state())
