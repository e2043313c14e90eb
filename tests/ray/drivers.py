"""Driver processes with clusters of their own, watched and killed from outside."""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

FILES = 40
AGENTS = ("ray::DashboardAgent", "ray::RuntimeEnvAgent")
FUSED, STAGED = {"cpus": 2, "gpus": 0}, {"cpus": 2, "gpus": 1}
Driver = subprocess.Popen[str]
Start = Callable[..., Driver]


def finish(driver: Driver, seconds: float = 800) -> None:
    """Wait for the driver, which must succeed."""
    _, errors = driver.communicate(timeout=seconds)
    assert driver.returncode == 0, errors


def commits(store: Path) -> int:
    """Parts that are committed and not yet finished."""
    return len(list((store / "_job" / "commits").glob("[0-9]*.json")))


def wait_for_commits(driver: Driver, store: Path, wanted: int = 1, seconds: float = 600) -> None:
    """Wait until so many parts are committed."""
    end = time.monotonic() + seconds
    while (count := commits(store)) < wanted and time.monotonic() < end:
        assert driver.poll() is None, driver.communicate()[1]
        time.sleep(0.002)
    assert wanted <= count


def kill_counted(store: Path) -> bool:
    """Whether the job was between its first commit and its finish."""
    return commits(store) > 0 and not (store / "_job" / "finish").exists() and not (store / "run.json").exists()


def working(driver: Driver, worker: str, seconds: float = 60) -> psutil.Process:
    """A process of the driver's cluster that is at the named work now."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for process in psutil.Process(driver.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if worker in " ".join(process.cmdline()):
                    return process
    raise AssertionError(f"no {worker} was at work")


def wait_until_cluster_is_gone(driver: Driver, seconds: float = 180) -> None:
    """Nothing that works or schedules may outlive its driver; two agents of Ray may, see the next function."""
    _wait_until_gone([driver.pid], seconds, AGENTS)


def wait_until_agents_are_gone(drivers: Sequence[int]) -> None:
    """Two agents of each node try for 60 s to report that their raylet was killed."""
    _wait_until_gone(drivers, 240, ())


def _wait_until_gone(drivers: Sequence[int], seconds: float, but: Sequence[str]) -> None:
    end = time.monotonic() + seconds
    while (left := _of_sessions(drivers, but)) and time.monotonic() < end:
        time.sleep(0.2)
    assert left == []


def _of_sessions(drivers: Sequence[int], but: Sequence[str]) -> list[str]:
    """Command lines of the living processes in the drivers' sessions: whatever a driver starts stays in its own."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        with contextlib.suppress(OSError):
            line = " ".join(process.info["cmdline"] or [])
            living = process.info["status"] != psutil.STATUS_ZOMBIE
            if living and os.getsid(process.pid) in drivers and not any(name in line for name in but):
                found.append(line)
    return found
