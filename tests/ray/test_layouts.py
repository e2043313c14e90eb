"""Both layouts on real clusters: the same store as without a cluster, whatever is killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from tests.labelling.made import assert_equal_stores, delete, leftovers, tweet, write_bundle, write_lines

pytestmark = pytest.mark.ray
FILES = 40
FUSED, STAGED = {"cpus": 2, "gpus": 0}, {"cpus": 2, "gpus": 1}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("model") / "bundle")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many small files, so that there are many commits to be killed between."""
    folder = tmp_path_factory.mktemp("archive")
    for k in range(FILES):
        records = [tweet(n) for n in range(k * 200 - 3, k * 200 + 200)] + [delete(k * 200 + 5)]
        write_lines(folder / f"{k:02d}.jsonl", [*records, '{"broken": '])
    return folder


@pytest.fixture(scope="module")
def undisturbed(archive: Path, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("undisturbed") / "store"
    label(LabelOptions(archives=(str(archive),), to=str(store), model=str(bundle), ray="off"))
    return store


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(archive: Path, bundle: Path, tmp_path: Path) -> Iterator[Start]:
    """Start a driver; whatever happens, nothing of it is left running."""
    running: list[subprocess.Popen[str]] = []

    def begin(layout: dict[str, int], **more: int) -> subprocess.Popen[str]:
        asked = {"archive": str(archive), "model": str(bundle), "to": str(tmp_path / "store"), **layout, **more}
        command = [sys.executable, "-m", "tests.ray.driver", json.dumps(asked)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def finish(process: subprocess.Popen[str], seconds: float = 150) -> None:
    _, errors = process.communicate(timeout=seconds)
    assert process.returncode == 0, errors


def wait_for_first_commit(driver: subprocess.Popen[str], store: Path, seconds: float = 120) -> int:
    """Number of commits as soon as there is one; a kill counts only while it is below the number of files."""
    commits, end = store / "_job" / "commits", time.monotonic() + seconds
    while time.monotonic() < end:
        assert driver.poll() is None, driver.communicate()[1]
        if commits.is_dir() and (count := len(list(commits.glob("[0-9]*.json")))):
            return count
        time.sleep(0.002)
    raise AssertionError("no part was committed")


def working(driver: subprocess.Popen[str], worker: str, seconds: float = 10) -> psutil.Process:
    """A process of the driver's cluster that is at the named work now."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for process in psutil.Process(driver.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if worker in " ".join(process.cmdline()):
                    return process
    raise AssertionError(f"no {worker} was at work")


def processes(*names: str) -> list[str]:
    lines = [" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"])]
    return [line for line in lines if any(name in line for name in names)]


def wait_until_gone(*names: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while (left := processes(*names)) and time.monotonic() < end:
        time.sleep(0.2)
    assert not left


def wait_until_no_process_is_left() -> None:
    """Ray's two agents try for 60 s to report that their raylet died; nothing else may outlive a killed driver."""
    wait_until_gone("tests.ray.driver", "raylet", "gcs_server", "Fused", "Staged", "Reader", "ray::IDLE")
    wait_until_gone("ray::", seconds=75)


@pytest.mark.parametrize(
    "layout", [FUSED, STAGED, {"cpus": 1, "gpus": 0}, {"cpus": 1, "gpus": 1}, {"cpus": 4, "gpus": 0}]
)
def test_the_store_equals_that_of_a_run_without_a_cluster(
    layout: dict[str, int], start: Start, tmp_path: Path, undisturbed: Path
) -> None:
    finish(start(layout))
    assert_equal_stores(tmp_path / "store", undisturbed)
    assert leftovers(tmp_path / "store") == []
    wait_until_no_process_is_left()


@pytest.mark.parametrize("layout", [FUSED, STAGED], ids=["fused", "staged"])
def test_a_killed_driver_leaves_nothing_and_the_same_command_goes_on(
    layout: dict[str, int], start: Start, tmp_path: Path, undisturbed: Path
) -> None:
    driver = start(layout)
    assert wait_for_first_commit(driver, tmp_path / "store") < FILES
    driver.kill()
    wait_until_gone("tests.ray.driver", "raylet", "gcs_server", "Fused", "Staged", "Reader", "ray::IDLE")
    assert 0 < len(list((tmp_path / "store" / "_job" / "commits").glob("[0-9]*.json"))) < FILES
    finish(start(layout))
    assert_equal_stores(tmp_path / "store", undisturbed)
    assert leftovers(tmp_path / "store") == []
    wait_until_no_process_is_left()


@pytest.mark.parametrize(
    ("layout", "worker"),
    [(FUSED, "Fused"), (STAGED, "Staged"), ({"cpus": 1, "gpus": 1}, "Reader")],
    ids=["fused", "staged", "reader"],
)
def test_a_killed_worker_is_replaced_and_nothing_is_lost_or_doubled(
    layout: dict[str, int], worker: str, start: Start, tmp_path: Path, undisturbed: Path
) -> None:
    driver = start(layout)
    assert wait_for_first_commit(driver, tmp_path / "store") < FILES
    working(driver, worker).kill()
    finish(driver)
    assert_equal_stores(tmp_path / "store", undisturbed)
    assert leftovers(tmp_path / "store") == []


@pytest.mark.parametrize(
    ("layout", "more", "sentence"),
    [
        ({"cpus": 1, "gpus": 0}, {"workers": 3}, "3 worker(s) need as many CPUs, but the cluster offers 1"),
        ({"cpus": 0, "gpus": 0}, {}, "the cluster offers 0"),
    ],
)
def test_a_plan_that_cannot_fit_is_a_sentence_within_seconds(
    layout: dict[str, int], more: dict[str, int], sentence: str, start: Start
) -> None:
    process = start(layout, **more)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert sentence in errors
