"""Driver processes with clusters of their own, watched and killed from outside."""

import contextlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil

FILES = 40
FUSED, STAGED = {"cpus": 2, "gpus": 0}, {"cpus": 2, "gpus": 1}
Driver = subprocess.Popen[str]
Start = Callable[..., Driver]


def finish(driver: Driver, seconds: float = 150) -> None:
    """Wait for the driver, which must succeed."""
    _, errors = driver.communicate(timeout=seconds)
    assert driver.returncode == 0, errors


def commits(store: Path) -> int:
    """Parts that are committed and not yet finished."""
    return len(list((store / "_job" / "commits").glob("[0-9]*.json")))


def wait_for_commits(driver: Driver, store: Path, wanted: int = 1, seconds: float = 120) -> None:
    """Wait until so many parts are committed, and not all: only then a kill counts."""
    end = time.monotonic() + seconds
    while (count := commits(store)) < wanted and time.monotonic() < end:
        assert driver.poll() is None, driver.communicate()[1]
        time.sleep(0.002)
    assert wanted <= count < FILES


def working(driver: Driver, worker: str, seconds: float = 10) -> psutil.Process:
    """A process of the driver's cluster that is at the named work now."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for process in psutil.Process(driver.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if worker in " ".join(process.cmdline()):
                    return process
    raise AssertionError(f"no {worker} was at work")


def wait_until_cluster_is_gone() -> None:
    """Nothing that works or schedules may outlive its driver."""
    wait_until_gone("tests.ray.driver", "raylet", "gcs_server", "Fused", "Staged", "Reader", "ray::IDLE")


def wait_until_gone(*names: str, seconds: float = 30) -> None:
    """Wait until no process has one of the names in its command line."""
    end = time.monotonic() + seconds
    while (left := _named(*names)) and time.monotonic() < end:
        time.sleep(0.2)
    assert not left


def _named(*names: str) -> list[str]:
    lines = [" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"])]
    return [line for line in lines if any(name in line for name in names)]
