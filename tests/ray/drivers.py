"""Driver processes with clusters of their own, watched and killed from outside."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import psutil

FILES = 40
AGENTS = ("ray::DashboardAgent", "ray::RuntimeEnvAgent")
FUSED, STAGED, ONE_READER = {"cpus": 2, "gpus": 0}, {"cpus": 2, "gpus": 1}, {"cpus": 1, "gpus": 1}
Driver = subprocess.Popen[str]
Layout = Mapping[str, int]


class Begin(Protocol):
    """Starts `emotion` with what is typed; with `crash` its workers die at that point."""

    def __call__(self, typed: Sequence[str], crash: str | None = None) -> Driver: ...


class Desk:
    """A driver that labels what it is asked, job after job, on its own cluster of these CPUs and logical GPUs."""

    def __init__(self, layout: Layout, said: Path, always: Mapping[str, Any]) -> None:
        self.layout, self._said, self._always = dict(layout), said, always
        command = [sys.executable, "-m", "tests.ray.driver", json.dumps(self.layout)]
        with said.open("w") as errors:
            self.driver: Driver = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        self._begun = 0

    def ask(self, store: Path, **more: Any) -> None:
        """Have it label into the store, and do not wait for it."""
        assert self.driver.stdin is not None
        self._begun = self._said.stat().st_size
        self.driver.stdin.write(json.dumps({"to": str(store), **self._always, **more}) + "\n")
        self.driver.stdin.flush()

    def answer(self) -> str | None:
        """What was wrong with what was asked last; None for nothing."""
        assert self.driver.stdout is not None
        line = self.driver.stdout.readline()
        assert line, self._said.read_text()
        answer: str | None = json.loads(line)
        return answer

    @property
    def said(self) -> str:
        """What it wrote to its standard error since it was asked last."""
        return self._said.read_bytes()[self._begun :].decode()

    def close(self) -> None:
        """End it; nothing of its cluster may stay."""
        assert self.driver.stdin is not None
        try:
            if self.driver.poll() is None:
                self.driver.stdin.close()
                assert self.driver.wait(120) == 0, self._said.read_text()
            wait_until_cluster_is_gone(self.driver)
        finally:
            end(self.driver)


class Desks:
    """One desk at a time: that of the layout which was asked for last, as long as it lives."""

    def __init__(self, folder: Path, started: list[int], **always: Any) -> None:
        self._folder, self._started, self._always = folder, started, always
        self._open: Desk | None = None

    def of(self, layout: Layout) -> Desk:
        """The desk of a layout; that of another is closed before."""
        desk = self._open
        if desk is None or desk.layout != layout or desk.driver.poll() is not None:
            self.close()
            desk = self._open = Desk(layout, self._folder / f"{len(self._started)}.log", self._always)
            self._started.append(desk.driver.pid)
        return desk

    def close(self) -> None:
        """Close the open one."""
        desk, self._open = self._open, None
        if desk is not None:
            desk.close()


def command(home: Path, running: list[Driver], typed: Sequence[str], crash: str | None = None) -> Driver:
    """Start the command with `home` for its home directory, as one of those that are `running`."""
    own = {"HOME": str(home), "OMP_NUM_THREADS": "1"} | ({} if crash is None else {"EMOTION_CRASH": crash})
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "EMOTION_"))}
    driver = subprocess.Popen(
        [sys.executable, "-m", "emotion", *typed],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=kept | own,
        start_new_session=True,
    )
    running.append(driver)
    return driver


def end(driver: Driver) -> None:
    """Whatever happened, nothing of it is left running."""
    if driver.poll() is None:
        os.killpg(driver.pid, signal.SIGKILL)
    driver.wait()
    for pipe in (driver.stdin, driver.stdout, driver.stderr):
        with contextlib.suppress(BrokenPipeError):
            if pipe is not None:
                pipe.close()


def finished(driver: Driver, seconds: float = 800) -> str:
    """Wait for the driver, which must succeed; what it said."""
    _, said = driver.communicate(timeout=seconds)
    assert driver.returncode == 0, said
    return said


def heard(driver: Driver, words: str) -> str:
    """Wait until the driver says the words; all that it said so far."""
    assert driver.stderr is not None
    said = [""]
    while words not in said[-1]:
        said.append(driver.stderr.readline())
        assert said[-1], "".join(said)
    return "".join(said)


def wait_until(reached: Callable[[], bool], driver: Driver, seconds: float = 600) -> None:
    """Wait, as long as the driver lives, which it must."""
    end = time.monotonic() + seconds
    while not reached() and time.monotonic() < end:
        assert driver.poll() is None, driver.communicate()[1]
        time.sleep(0.005)
    assert reached()


def commits(store: Path) -> int:
    """Parts that are committed and not yet finished."""
    return len(list((store / "_job" / "commits").glob("[0-9]*.json")))


def kill_counted(store: Path) -> bool:
    """Whether the job was between its first commit and its finish."""
    return commits(store) > 0 and not (store / "_job" / "finish").exists() and not (store / "run.json").exists()


def at_work(parent: int, worker: str) -> Iterator[psutil.Process]:
    """Processes below another one that are at the named work now."""
    for process in psutil.Process(parent).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if worker in " ".join(process.cmdline()):
                yield process


def working(parent: int, worker: str, seconds: float = 60) -> psutil.Process:
    """A process below another one that is at the named work, as soon as there is one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for process in at_work(parent, worker):
            return process
        time.sleep(0.005)
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
