"""Connecting to Ray, and the check before starting that the plan fits: a sentence within seconds, never a hang."""

import logging
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import psutil
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from emotion.cluster.growth import grow
from emotion.cluster.head import watch_head
from emotion.cluster.local import ray_here
from emotion.errors import JobError
from emotion.threads import beside, cpus

WORKER_BYTES = 1 << 30  # model, part in work, its documents, torch itself
ANSWER_SECONDS = 15  # to a process that asks a cluster what it offers; with all around it, less than 20
OBJECT_STORE_BYTES = 512 << 20
_ASK = """
import logging, sys, ray
ray.init(address=sys.argv[1], log_to_driver=False, logging_level=logging.ERROR)
ray.cluster_resources()
"""


@contextmanager
def connected(address: str, workers: int | None, gpus: int) -> Iterator[int]:
    """Connect to the cluster at `address` ("local" starts one on this machine); yields how many CPU workers to use.

    Raises:
        JobError: no cluster answers, or it cannot offer what was asked, and does not grow to do so.
    """
    with ExitStack() as stack:
        if not ray.is_initialized():
            if address == "local":
                _start(stack, workers)
            else:
                stack.callback(ray.shutdown)
                _join(address)
        grow(_needs(workers, gpus), partial(_holds, workers, gpus))
        fitting = fitting_workers(_offered(), workers, gpus)
        with beside(partial(watch_head, ray.get_runtime_context().gcs_address), "head"):
            yield fitting


def _join(address: str) -> None:
    see_answer(address)
    ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    _tell_of_waiting()


def _needs(workers: int | None, gpus: int) -> list[dict[str, float]]:
    """What each worker takes of a machine."""
    return [{"CPU": 1.0, "GPU": 1.0}] * gpus + [{"CPU": 1.0}] * ((workers or 1) - gpus)


def _holds(workers: int | None, gpus: int) -> bool:
    offered = _offered()
    return offered.get("CPU", 0.0) >= (workers or 1) and offered.get("GPU", 0.0) >= gpus


def _offered() -> dict[str, float]:
    offered: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return offered


def fitting_workers(offered: Mapping[str, float], workers: int | None, gpus: int) -> int:
    """How many workers of one CPU a cluster with such resources holds; at most `workers`.

    Raises:
        JobError: not even one, fewer than asked for, or fewer GPUs than asked for.
    """
    present = int(offered.get("CPU", 0.0))
    memory = int(offered.get("memory", 0.0)) or sys.maxsize
    if offered.get("GPU", 0.0) < gpus:
        raise JobError(
            f"{gpus} GPU(s) asked for with --gpus, but the cluster offers {offered.get('GPU', 0.0):g}; ask for fewer, "
            "or leave --gpus out to work on CPUs."
        )
    if present < (workers or 1):
        raise JobError(
            f"{workers or 1} worker(s) need as many CPUs, but the cluster offers {present}; ask for fewer with "
            "--workers, or use a larger cluster."
        )
    if memory < WORKER_BYTES:
        raise _too_little(memory)
    return max(1, min(workers or present, memory // WORKER_BYTES, present))


def see_answer(address: str) -> None:
    """Have another process connect to the cluster at `address`, which can be ended where connecting would hang.

    Raises:
        JobError: nothing answers there, no Ray does, or it refuses us.
    """
    _refuse_silence(address)
    command = [sys.executable, "-c", _ASK, address]
    try:
        answer = subprocess.run(  # nosec B603 (no shell, our own program)
            command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise JobError(
            f"No Ray cluster answered at {address} within {ANSWER_SECONDS} s: it is not there, is too busy, or wants a "
            "token (RAY_AUTH_MODE=token and RAY_AUTH_TOKEN)."
        ) from None
    if answer.returncode:
        said = [line for line in answer.stderr.splitlines() if line and not line.startswith((" ", "["))]
        raise JobError(f"The Ray cluster at {address} cannot be used: {said[-1] if said else 'it gave no reason'}")


def _refuse_silence(address: str) -> None:
    """Say at once where nothing listens, which Ray itself takes long to tell."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or "://" in host or not port.isdigit():
        raise JobError(f"{address!r} is no address of a Ray cluster; write HOST:6379, auto, local or off.")
    try:
        socket.create_connection((host, int(port)), 5).close()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise JobError(f"No Ray cluster answers at {address} ({reason}).") from None


def _tell_of_waiting() -> None:
    present, free = _offered(), ray.available_resources()  # type: ignore[no-untyped-call]
    if (number := present.get("CPU", 0.0)) >= 1 > free.get("CPU", 0.0):
        print(f"All {number:g} CPUs of the cluster are at other work; waiting for one.", file=sys.stderr, flush=True)


def _start(stack: ExitStack, workers: int | None) -> None:
    """A cluster on this machine alone (see local), until the stack ends."""
    available = psutil.virtual_memory().available
    if available < WORKER_BYTES:
        raise _too_little(available)
    try:
        stack.enter_context(ray_here(workers or cpus(), min(OBJECT_STORE_BYTES, available // 4)))
    except Exception as error:  # Ray raises bare ones, too
        raise JobError(f"Ray does not start on this machine: {_first_line(error)} Try --ray off.") from None


def on_this_machine() -> dict[str, Any]:
    """Options of an actor that takes no CPU and stays where its driver is.

    Ray lets a machine that it draws place what needs nothing at all, and one that came just now may know of no other
    and keep it; what needs one byte is placed by the driver's own machine.
    """
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
    return {"num_cpus": 0, "memory": 1, "scheduling_strategy": here}


def _too_little(memory: int) -> JobError:
    return JobError(
        f"A worker needs {WORKER_BYTES / 2**30:.1f} GiB of memory, but {memory / 2**30:.2f} GiB are offered; free "
        "some, or use a larger cluster."
    )


def _first_line(error: Any) -> str:
    return str(error).strip().splitlines()[0]
