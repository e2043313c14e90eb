"""The job without Ray: in this process, or in several of this machine. The result is the same."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import islice
from multiprocessing.connection import wait

from emotion.errors import EmotionError, JobError
from emotion.labelling.process import calm_collector, keep_calm
from emotion.labelling.work import Labeller, Plan, Task, read_chosen, reading_of

_worker: Labeller | None = None


def run(plan: Plan, tasks: Sequence[Task], workers: int = 1) -> None:
    """Label the splits one after the other, or `workers` at a time."""
    if not tasks:
        return
    if workers == 1:
        labeller = _labeller(plan)
        with calm_collector():
            for task in tasks:
                _label(plan, labeller, task)
        return
    longest_first = sorted(tasks, key=lambda task: task.size, reverse=True)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=_begin) as pool:
        try:
            running = [pool.submit(_label_in_worker, plan, task) for task in longest_first]
            for each in running:
                each.result()
        except BrokenProcessPool:
            left = (task for task, each in zip(longest_first, running, strict=True) if each.exception() is not None)
            names = _begun(plan, list(islice(left, 2 * workers)))  # tasks are taken in their order
            raise JobError(
                f"A worker process died, at {' or '.join(names) or 'its start'}: say the same again to go on where it "
                "was. If it dies there again, it may lack memory: take fewer --workers, or leave the file out."
            ) from None
        except BaseException:
            _end_workers()
            raise


def _begun(plan: Plan, tasks: Sequence[Task]) -> list[str]:
    """The files of those tasks that were begun and not ended, where the store can tell it."""
    with suppress(EmotionError):
        return list(dict.fromkeys(task.file.name for task in tasks if plan.store.tries.begun(reading_of(task))))
    return []


def _end_workers() -> None:
    """At once, in the middle of a part: what is committed is whole, and the rest is done again."""
    for worker in multiprocessing.active_children():
        worker.terminate()


def _label(plan: Plan, labeller: Labeller, task: Task) -> None:
    for chosen in read_chosen(plan, task):
        labeller.label(chosen)


def _labeller(plan: Plan) -> Labeller:
    import torch

    torch.set_num_threads(1)
    return Labeller(plan)


def _begin() -> None:
    """Ctrl-C is the parent's, and no worker outlives it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _label_in_worker(plan: Plan, task: Task) -> None:
    global _worker
    if _worker is None:
        _worker = _labeller(plan)
        keep_calm()
    _label(plan, _worker, task)
