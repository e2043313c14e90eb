"""What a command costs: wall seconds, CPU-seconds of its whole tree, and the peak of its tree's memory."""

import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

PR_SET_CHILD_SUBREAPER = 36
SAMPLE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, and bytes of proportional set size (PSS)."""

    wall: float
    cpu: float
    peak_bytes: int


def cost(command: Sequence[str], memory: bool = False) -> Cost:
    """Run the command, which must succeed, and wait for every process that it started, daemons too.

    This process adopts orphans (Linux's child subreaper), so their CPU time is counted when they end.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    before, began = _cpu(), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    peak = _Peak()
    if memory:
        peak.start()
    _, errors = process.communicate()
    wall = time.perf_counter() - began
    peak.stop()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{errors}")
    _wait_for_orphans()
    return Cost(wall, _cpu() - before, peak.bytes)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait_for_orphans() -> None:
    with suppress(ChildProcessError):
        while True:
            os.wait()


class _Peak:
    """Samples the memory of a process tree, orphans that this process adopted included."""

    def __init__(self) -> None:
        self.bytes = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            self.bytes = max(self.bytes, sum(map(_pss, psutil.Process().children(recursive=True))))


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
