"""`emotion train --workers 2` on real clusters: whatever is killed on the way, the model of two plain processes.

That those make the model of one process is proved where they are made: tests/distributed/test_together.py.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from emotion.models.bundle import Bundle
from emotion.training.loop.checkpoint import FILE
from tests.distributed.two import trained_by_two
from tests.ray.commands import Begin, commands, finished, heard
from tests.ray.drivers import wait_until, wait_until_cluster_is_gone
from tests.training.made_sets import recipe, write_sets

pytestmark = pytest.mark.ray
EPOCHS = 4
QUIET = {"dropout": 0.0, "word_dropout": 0.0, "weight_dropout": 0.0}
STAGE = {"sets": ["single", "several"], "epochs": EPOCHS, "batch_size": 7, "patience": EPOCHS}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small sets and a recipe without dropout, so that every run gives the same curve."""
    folder = tmp_path_factory.mktemp("data")
    write_sets(folder)
    document = recipe(model=recipe()["model"] | QUIET, stages=[STAGE | {"optimiser": {"learning_rate": 0.02}}])
    (folder / "recipe.yaml").write_text(yaml.safe_dump(document))
    return folder


@pytest.fixture(scope="module")
def begin(tmp_path_factory: pytest.TempPathFactory, drivers: list[int]) -> Iterator[Begin]:
    with commands(tmp_path_factory.mktemp("home"), drivers) as begin:
        yield begin


@pytest.fixture
def typed(data: Path, tmp_path: Path) -> list[str]:
    """The command; it writes to `bundle`."""
    recipe = str(data / "recipe.yaml")
    return ["train", recipe, "--to", str(tmp_path / "bundle"), "--data-root", str(data), "--workers", "2"]


@pytest.fixture
def undisturbed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """What two processes make without Ray."""
    document = yaml.safe_load((data / "recipe.yaml").read_text())
    return trained_by_two(document, data, tmp_path_factory.mktemp("undisturbed"))[0]


def epochs_said(said: str) -> list[str]:
    return [line.split(":")[0] for line in said.splitlines() if ", epoch " in line]


def test_a_killed_driver_and_a_killed_worker_leave_the_curve_as_it_is(
    begin: Begin, typed: list[str], undisturbed: Bundle, tmp_path: Path
) -> None:
    """The driver dies while its workers start again after the first epoch; then a worker dies after two more."""
    driver = begin(typed, crash="epoch:1")
    wait_until((tmp_path / ".bundle.unfinished" / "seed-3" / "epochs" / FILE).exists, driver)
    driver.kill()
    wait_until_cluster_is_gone(driver)
    assert not (tmp_path / "bundle").exists()
    driver = begin(typed, crash="epoch:2")
    said = finished(driver)
    assert "going on with the training that was begun" in said
    assert "lost a worker, 1 of at most" in said
    assert epochs_said(said) == [f"stage 1 of 1, epoch {number}" for number in range(1, EPOCHS + 1)]
    made = Bundle.load(tmp_path / "bundle")
    assert made.metrics["history"] == undisturbed.metrics["history"]
    assert made.id == undisturbed.id
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    wait_until_cluster_is_gone(driver)


def test_ctrl_c_stops_all_of_it(begin: Begin, typed: list[str], tmp_path: Path) -> None:
    """While the workers start, which nothing waits for."""
    driver = begin(typed)
    heard(driver, "training by 2 workers")
    driver.send_signal(signal.SIGINT)
    _, said = driver.communicate(timeout=600)
    assert driver.returncode == 130, said
    assert "emotion: stopped; nothing was written" in said
    assert "Traceback" not in said
    wait_until_cluster_is_gone(driver)
    assert list(tmp_path.iterdir()) == []
