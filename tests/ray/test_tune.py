"""`emotion tune` on a real cluster: what is found, what fails, and what becomes of a kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emotion.labelling.ray_settings import prepare_local
from emotion.models.bundle import Bundle
from emotion.models.registry import resolve
from emotion.report.search.found import Found, Trial
from emotion.tuning.folder import Round
from emotion.tuning.listener import Listener
from emotion.tuning.options import Machines, Plan
from emotion.tuning.search import proposer_of, search
from emotion.tuning.space import read_space
from tests.ray.drivers import Driver, wait_until_cluster_is_gone
from tests.tuning.made import write

pytestmark = pytest.mark.ray
RATE = "stages.*.optimiser.learning_rate"
Tune = Callable[..., Driver]


class Heard(Listener):
    """Keeps the notes, and how many trials ran beside each other."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.ended: list[int] = []

    def note(self, line: str) -> None:
        self.notes.append(line)

    def settled(self, trial: Trial) -> None:
        self.ended.append(trial.number)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """One cluster of two CPUs and a GPU that only Ray believes in."""
    prepare_local()
    import ray

    ray.init(num_cpus=2, num_gpus=1, include_dashboard=False, log_to_driver=False, object_store_memory=200 << 20)
    yield
    ray.shutdown()


def searched(
    folder: Path, machines: Machines | None = None, name: str | None = None, **changes: Any
) -> tuple[Found, Heard]:
    """What a search in `folder` finds."""
    path = folder / "space.yaml"
    if not path.exists():
        write(folder, **changes)
    heard = Heard()
    result = search(read_space(path), Plan(folder / "out", folder, machines or Machines(), name=name), heard)
    return result.found, heard


def test_a_known_best_is_found_a_failure_is_a_row_and_nothing_is_done_twice(
    cluster: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_MODELS", str(tmp_path / "models"))
    rates = {RATE: {"choice": [1e-6, 0.02, 1e30]}, "rules.stop_words": {"choice": [False, True]}}
    told, _ = searched(
        tmp_path,
        name="best",
        parameters=rates,
        search={"searcher": "grid"},
        changes={f"{RATE}": 1e-6},
        stage={"epochs": 6},
    )
    by_rate = {(one.values[RATE], one.values["rules.stop_words"]): one for one in told.trials}
    assert len(by_rate) == 6
    assert [by_rate[1e30, flag].status for flag in (False, True)] == ["failed", "failed"]
    assert "Training diverged" in by_rate[1e30, False].reason
    assert min(by_rate[0.02, flag].quality or 0 for flag in (False, True)) > (by_rate[1e-6, False].quality or 1)
    assert told.winner in {f"trial {one.number}" for one in told.trials if one.values[RATE] == 0.02}
    assert next(one.trial for one in told.candidates) is None
    winner = Bundle.load(tmp_path / "out" / "winner")
    assert winner.metrics["recipe"]["stages"][0]["optimiser"]["learning_rate"] == 0.02
    assert winner.metrics["sets"]["single"]["test"]["emotion"]["accuracy"] == 1.0
    assert Bundle.load(resolve("best")).id == winner.id
    assert {one.name for one in told.test} == {"winner", "the base recipe", "linear baseline"}
    assert all(
        Bundle.load(tmp_path / f"out/trials/{one.number:04d}/bundle").id == one.model
        for one in told.trials
        if one.model
    )
    again, heard = searched(tmp_path, name="best")
    assert again.trials == told.trials
    assert (again.candidates, heard.ended) == (told.candidates, [])


def test_half_a_gpu_each_lets_two_trials_share_it(cluster: None, tmp_path: Path) -> None:
    """The GPU is Ray's alone, so that the trials compute on CPUs."""
    told, heard = searched(tmp_path, Machines(gpu=0.5), search={"trials": 3}, winner={"top": 0})
    assert "2 trials at once" in heard.notes
    assert {one.place.split(", ")[1] for one in told.trials} == {"GPU 0"}
    assert [one.status for one in told.trials] == ["finished"] * 3


def test_asha_stops_what_falls_behind_and_keeps_its_bundle(cluster: None, tmp_path: Path) -> None:
    told, _ = searched(
        tmp_path,
        Machines(at_once=1),
        parameters={RATE: {"choice": [0.02, 1e-6]}},
        search={"searcher": "grid", "scheduler": "asha", "reduction": 2},
        winner={"top": 0},
        stage={"epochs": 8, "patience": 8},
    )
    good, bad = told.trials
    assert (good.status, bad.status) == ("finished", "stopped")
    assert bad.epochs < good.epochs == 8
    assert Bundle.load(tmp_path / "out/trials/0001/bundle").id == bad.model
    assert not (tmp_path / "out/trials/0001/epochs").exists()


def test_a_population_takes_over_from_its_best(cluster: None, tmp_path: Path) -> None:
    rates = {RATE: {"loguniform": [1e-6, 0.03]}, "model.hidden": {"choice": [6, 8]}}
    told, _ = searched(
        tmp_path,
        parameters=rates,
        search={"scheduler": "pbt", "trials": 4},
        winner={"top": 0},
        stage={"epochs": 5, "patience": 5, "optimiser": {"learning_rate": 0.02, "schedule": "constant", "ema": 0.5}},
    )
    given = proposer_of(read_space(tmp_path / "space.yaml"))
    assert [(one.status, one.epochs) for one in told.trials] == [("finished", 5)] * 4
    assert [one.values for one in told.trials] != [given.propose(number) for number in range(4)]
    assert not (tmp_path / "out" / "ray").exists()


# Kills, from outside


@pytest.fixture(scope="module")
def begin(tmp_path_factory: pytest.TempPathFactory, drivers: list[int]) -> Iterator[Tune]:
    """Start the command in a folder with a space; whatever happens, nothing of it is left running."""
    running: list[Driver] = []
    home = tmp_path_factory.mktemp("home")

    def start(folder: Path, *options: str, crash: str | None = None) -> Driver:
        own = {"HOME": str(home), "OMP_NUM_THREADS": "1"} | ({} if crash is None else {"EMOTION_CRASH": crash})
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "EMOTION_"))}
        typed = ["tune", "--space", str(folder / "space.yaml"), "--to", str(folder / "out"), "--data", str(folder)]
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


def known(folder: Path) -> list[Trial]:
    return Round(folder / "out" / "trials").trials()


def wait_for(driver: Driver, folder: Path, reached: Callable[[list[Trial]], bool], seconds: float = 800) -> None:
    """Wait until the trials on disk are as far as `reached` asks."""
    end = time.monotonic() + seconds
    while not reached(known(folder)) and time.monotonic() < end:
        assert driver.poll() is None, driver.communicate()[1]
        time.sleep(0.02)
    assert reached(known(folder))


def finished(driver: Driver, seconds: float = 600) -> str:
    """Wait for the driver, which must succeed; what it said."""
    _, said = driver.communicate(timeout=seconds)
    assert driver.returncode == 0, said
    return said


def test_a_killed_search_goes_on_with_the_same_trials_and_repeats_none(begin: Tune, tmp_path: Path) -> None:
    """The command is killed; when it goes on, processes of trials die, each after three epochs."""
    write(tmp_path, stage={"epochs": 4, "patience": 4}, search={"trials": 4}, winner={"top": 0})
    driver = begin(tmp_path)
    wait_for(driver, tmp_path, lambda trials: any(one.status == "finished" for one in trials))
    os.kill(driver.pid, signal.SIGKILL)
    wait_until_cluster_is_gone(driver)
    before = {one.number: one for one in known(tmp_path) if one.status == "finished"}
    assert 1 <= len(before) < 4
    said = finished(begin(tmp_path, crash="epoch:3"))
    assert f"going on, {len(before)} of 4 are done" in said
    assert "its process was lost; it goes on after its last whole epoch" in said
    after = known(tmp_path)
    assert [(one.status, one.epochs) for one in after] == [("finished", 4)] * 4
    assert {number: after[number] for number in before} == before
    given = proposer_of(read_space(tmp_path / "space.yaml"))
    assert [one.values for one in after] == [given.propose(number) for number in range(4)]
    assert (tmp_path / "out" / "trials.csv").read_text().count("\n") == 5


def test_ctrl_c_keeps_what_there_is(begin: Tune, tmp_path: Path) -> None:
    write(tmp_path, stage={"epochs": 500, "patience": 500}, search={"trials": 2}, winner={"top": 0})
    driver = begin(tmp_path)
    wait_for(driver, tmp_path, lambda trials: any(one.epochs for one in trials))
    driver.send_signal(signal.SIGINT)
    _, said = driver.communicate(timeout=600)
    assert driver.returncode == 130, said
    assert "emotion: stopped; what was found so far is in" in said
    assert "Traceback" not in said
    assert (tmp_path / "out" / "report.html").exists()
    kept = known(tmp_path)[0]
    assert kept.quality is None or Bundle.load(tmp_path / "out/trials/0000/bundle").id == kept.model
    wait_until_cluster_is_gone(driver)


def test_a_killed_population_ends_with_all_its_members(begin: Tune, tmp_path: Path) -> None:
    rates = {RATE: {"loguniform": [1e-6, 0.03]}}
    write(
        tmp_path,
        stage={"epochs": 6, "patience": 6},
        parameters=rates,
        search={"scheduler": "pbt", "trials": 4, "interval": 2},
        winner={"top": 0},
    )
    driver = begin(tmp_path)
    wait_for(driver, tmp_path, lambda trials: any(one.epochs >= 3 for one in trials))
    os.kill(driver.pid, signal.SIGKILL)
    wait_until_cluster_is_gone(driver)
    done = {one.number: one for one in known(tmp_path) if one.status == "finished"}
    finished(begin(tmp_path))
    after = known(tmp_path)
    assert [(one.status, one.epochs) for one in after] == [("finished", 6)] * 4
    assert {number: after[number] for number in done} == done


def test_a_node_that_is_killed_costs_no_trial(tmp_path: Path, drivers: list[int]) -> None:
    """Two nodes of one CPU each; the second dies when trials are under way."""
    write(tmp_path, stage={"epochs": 6, "patience": 6}, search={"trials": 5}, winner={"top": 0})
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "EMOTION_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.ray.two_nodes", str(tmp_path)],
        stderr=subprocess.PIPE,
        text=True,
        env=kept | {"OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )
    drivers.append(process.pid)
    try:
        said = finished(process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert "a node was killed" in said
    assert [one.status for one in known(tmp_path)] == ["finished"] * 5
