"""Driver processes with clusters of their own, watched and killed from outside."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

ROOT = Path(__file__).resolve().parents[2]
AGENTS = ("ray::DashboardAgent", "ray::RuntimeEnvAgent")
FUSED, STAGED = {"cpus": 2, "gpus": 0}, {"cpus": 2, "gpus": 1}
Driver = subprocess.Popen[str]


class Drivers:
    """Starts drivers that label an archive into a store; whatever happens, nothing of them is left running.

    What outlives them for a while, see `wait_until_agents_are_gone`, is left to whoever holds the list `started`.
    """

    def __init__(self, archive: Path, bundle: Path, to: str, started: list[int]) -> None:
        self._asked = {"archive": str(archive), "model": str(bundle), "to": to}
        self._started = started
        self._running: list[Driver] = []

    def __call__(self, layout: dict[str, int], cwd: Path = ROOT, **more: int) -> Driver:
        """One more driver, at work in a folder."""
        asked: dict[str, Any] = {**self._asked, **layout, **more}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.ray.driver", json.dumps(asked)],
            stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=cwd,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        self._running.append(process)
        self._started.append(process.pid)
        return process

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            if process.stderr is not None and not process.stderr.closed:
                process.communicate()


def finish(driver: Driver, seconds: float = 800) -> None:
    """Wait for the driver, which must succeed."""
    _, errors = driver.communicate(timeout=seconds)
    assert driver.returncode == 0, errors


def wait_until(reached: Callable[[], bool], driver: Driver, seconds: float = 600) -> None:
    """Wait for something to happen while the driver lives."""
    end = time.monotonic() + seconds
    while not (done := reached()) and time.monotonic() < end:
        assert driver.poll() is None, driver.communicate()[1]
        time.sleep(0.002)
    assert done


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
