"""`emotion` as a process with a cluster of its own, started in a home of its own, heard, and ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.ray.drivers import Driver


class Begin(Protocol):
    """Starts the command with what is typed; with `crash` its workers die at that point."""

    def __call__(self, typed: Sequence[str], crash: str | None = None) -> Driver: ...


@contextmanager
def commands(home: Path, started: list[int]) -> Iterator[Begin]:
    """Start commands; whatever happens, nothing of them is left running, and nothing where Ray writes by default."""
    running: list[Driver] = []

    def begin(typed: Sequence[str], crash: str | None = None) -> Driver:
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
        started.append(driver.pid)
        return driver

    try:
        yield begin
    finally:
        for driver in running:
            if driver.poll() is None:
                os.killpg(driver.pid, signal.SIGKILL)
            driver.communicate()
    assert not (home / "ray_results").exists()


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
