"""What a command costs: wall seconds, CPU-seconds of its whole tree, and the peak of its tree's memory."""

import ctypes
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

PR_SET_CHILD_SUBREAPER = 36
SAMPLE_SECONDS = 0.2
LOOKING = 30  # times as long as a look at memory takes, until the next


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, bytes of proportional set size (PSS), and the CPU-seconds of each process, the busiest first."""

    wall: float
    cpu: float
    peak_bytes: int
    of_each: list[float]


def cost(command: Sequence[str], memory: bool = False) -> Cost:
    """Run the command, which must succeed, and wait for every process that it started, daemons too.

    CPU time is what each process had used when last seen, five times a second: the kernel's own sum over children
    misses those whose parent ignores their end, as Ray's raylet does. This process adopts orphans (Linux's child
    subreaper), so that they are seen.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    before = set(psutil.Process().children())
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    watch = Watch(memory)
    _, errors = process.communicate()
    wall = time.perf_counter() - began
    _wait_for_orphans(before)
    watch.stop()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{errors}")
    return Cost(wall, watch.cpu, watch.peak_bytes, watch.of_each)


def _wait_for_orphans(before: set[psutil.Process]) -> None:
    """Until no child is left but those of before: a pool of processes leaves its resource tracker, which stays."""
    while left := set(psutil.Process().children()) - before:
        psutil.wait_procs(left)


class Watch:
    """What the processes below this one use from now on, those that end meanwhile among them."""

    def __init__(self, memory: bool = False) -> None:
        self.peak_bytes = 0
        self._memory = memory
        self._seconds: dict[tuple[int, float], float] = {}
        self._look(psutil.Process().children(recursive=True))
        self._before = dict(self._seconds)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    @property
    def cpu(self) -> float:
        """CPU-seconds of all of them."""
        return sum(self._seconds.values()) - sum(self._before.values())

    @property
    def of_each(self) -> list[float]:
        """CPU-seconds of each, the busiest first."""
        return sorted((used - self._before.get(one, 0.0) for one, used in self._seconds.items()), reverse=True)

    def cpu_of(self, pid: int) -> float:
        """CPU-seconds of one of them."""
        return sum(used - self._before.get(one, 0.0) for one, used in self._seconds.items() if one[0] == pid)

    def stop(self) -> None:
        """Look once more, then no more."""
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        ended, next_look = False, 0.0
        while not ended:
            ended = self._stop.wait(SAMPLE_SECONDS)
            below = psutil.Process().children(recursive=True)
            self._look(below)
            if self._memory and (began := time.perf_counter()) >= next_look:
                self.peak_bytes = max(self.peak_bytes, sum(map(_pss, below)))
                now = time.perf_counter()
                next_look = now + LOOKING * (now - began)  # the kernel walks through all pages of each process

    def _look(self, below: Sequence[psutil.Process]) -> None:
        for process in below:
            with suppress(psutil.Error):
                used = process.cpu_times()
                self._seconds[process.pid, process.create_time()] = used.user + used.system


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
