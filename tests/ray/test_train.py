"""`emotion train --workers 2` on a real cluster: the model of one process, whatever is killed on the way."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
import yaml

from emotion.models.bundle import Bundle
from emotion.training.checkpoint import FILE
from emotion.training.recipe import read_recipe
from emotion.training.trainer import train
from tests.ray.drivers import Driver, wait_until_cluster_is_gone
from tests.training.made_sets import recipe, write_sets

pytestmark = pytest.mark.ray
EPOCHS = 4
QUIET = {"dropout": 0.0, "word_dropout": 0.0, "weight_dropout": 0.0}
STAGE = {"sets": ["single", "several"], "epochs": EPOCHS, "batch_size": 7, "patience": EPOCHS}
Train = Callable[..., Driver]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small sets and a recipe without dropout, so that every run gives the same curve."""
    folder = tmp_path_factory.mktemp("data")
    write_sets(folder)
    document = recipe(model=recipe()["model"] | QUIET, stages=[STAGE | {"optimiser": {"learning_rate": 0.02}}])
    (folder / "recipe.yaml").write_text(yaml.safe_dump(document))
    return folder


@pytest.fixture(scope="module")
def begin(data: Path, tmp_path_factory: pytest.TempPathFactory, drivers: list[int]) -> Iterator[Train]:
    """Start the command; whatever happens, nothing of it is left running."""
    running: list[Driver] = []
    home = tmp_path_factory.mktemp("home")

    def start(to: Path, *options: str, crash: str | None = None) -> Driver:
        own = {"HOME": str(home), "OMP_NUM_THREADS": "1"} | ({} if crash is None else {"EMOTION_CRASH": crash})
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "EMOTION_"))}
        typed = ["train", str(data / "recipe.yaml"), "--to", str(to), "--data-root", str(data), "--workers", "2"]
        process = subprocess.Popen(
            [sys.executable, "-m", "emotion", *typed, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=kept | own,
            start_new_session=True,
        )
        running.append(process)
        drivers.append(process.pid)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert not (home / "ray_results").exists()


@pytest.fixture(scope="module")
def undisturbed(begin: Train, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, str]:
    """The bundle that two workers make, and what was said meanwhile."""
    folder = tmp_path_factory.mktemp("undisturbed")
    driver = begin(folder / "bundle")
    said = finished(driver)
    wait_until_cluster_is_gone(driver)
    assert [path.name for path in folder.iterdir()] == ["bundle"]
    return Bundle.load(folder / "bundle"), said


def finished(driver: Driver, seconds: float = 200) -> str:
    """Wait for the driver, which must succeed; what it said."""
    _, said = driver.communicate(timeout=seconds)
    assert driver.returncode == 0, said
    return said


def wait_for_an_epoch(driver: Driver, to: Path, seconds: float = 200) -> None:
    """Wait until there is something to go on from."""
    wanted = to.with_name(f".{to.name}.unfinished") / "seed-3" / "epochs" / FILE
    end = time.monotonic() + seconds
    while not wanted.exists() and time.monotonic() < end:
        assert driver.poll() is None, driver.communicate()[1]
        time.sleep(0.02)
    assert wanted.exists()


def epochs_said(said: str) -> list[str]:
    return [line.split(":")[0] for line in said.splitlines() if ", epoch " in line]


def test_two_workers_make_the_model_of_one(data: Path, undisturbed: tuple[Bundle, str]) -> None:
    """Half precision rounds what differs in the seventh digit to neighbouring numbers."""
    two, said = undisturbed
    one = train(read_recipe(data / "recipe.yaml"), data)
    assert [record["loss"] for record in two.metrics["history"]] == pytest.approx(
        [record["loss"] for record in one.metrics["history"]], abs=1e-5
    )
    for name, weight in one.weights.items():
        torch.testing.assert_close(two.weights[name], weight, rtol=1e-3, atol=1e-4)
    assert (two.heads, two.vocabulary.words) == (one.heads, one.vocabulary.words)
    assert epochs_said(said) == [f"stage 1 of 1, epoch {number}" for number in range(1, EPOCHS + 1)]


def test_a_killed_driver_and_a_killed_worker_leave_the_curve_as_it_is(
    begin: Train, undisturbed: tuple[Bundle, str], tmp_path: Path
) -> None:
    """The driver dies while its workers start again after the first epoch; then a worker dies after two more."""
    to = tmp_path / "bundle"
    driver = begin(to, crash="epoch:1")
    wait_for_an_epoch(driver, to)
    driver.kill()
    wait_until_cluster_is_gone(driver)
    assert not to.exists()
    driver = begin(to, crash="epoch:2")
    said = finished(driver)
    assert "going on with the training that was begun" in said
    assert "lost a worker, 1 of at most" in said
    assert epochs_said(said) == [f"stage 1 of 1, epoch {number}" for number in range(1, EPOCHS + 1)]
    made = Bundle.load(to)
    assert made.metrics["history"] == undisturbed[0].metrics["history"]
    assert made.id == undisturbed[0].id
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    wait_until_cluster_is_gone(driver)


def test_ctrl_c_stops_all_of_it(begin: Train, tmp_path: Path) -> None:
    """While the workers start, which nothing waits for."""
    driver = begin(tmp_path / "bundle")
    assert driver.stderr is not None
    while "training by 2 workers" not in (line := driver.stderr.readline()):
        assert line, "the command ended"
    driver.send_signal(signal.SIGINT)
    _, said = driver.communicate(timeout=60)
    assert driver.returncode == 130, said
    assert "emotion: stopped; nothing was written" in said
    assert "Traceback" not in said
    wait_until_cluster_is_gone(driver)
    assert list(tmp_path.iterdir()) == []
