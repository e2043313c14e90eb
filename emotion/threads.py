"""Work beside work: a thread for as long as a block runs, and how much goes on at once."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")  # of the container that this process runs in


@contextmanager
def beside(work: Callable[[threading.Event], None], name: str) -> Iterator[None]:
    """Run `work` in a thread while the block runs. It is given an event, and ends once that is set."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,), daemon=True, name=name)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def cpus() -> int:
    """How many CPUs this process may use: those it is held to, and as many as the quota of its container pays for."""
    held = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([held, *_quotas()]))


def _quotas() -> Iterator[int]:
    """Of version 2 of cgroups, and of version 1; none where there is no limit."""
    for files in (["cpu.max"], ["cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"]):
        try:
            quota, period = " ".join((CGROUP / file).read_text() for file in files).split()
        except (OSError, ValueError):
            continue
        if quota.isdigit():  # it is `max` or -1 where there is none
            yield int(quota) // int(period)
