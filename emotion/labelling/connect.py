"""Connecting to Ray, and the check before starting that the plan fits: a sentence within seconds, never a hang."""

import logging
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
import psutil
import ray

from emotion.errors import JobError

WORKER_BYTES = 1 << 30  # model, part in work, its documents, torch itself
PROBE_SECONDS = 10
OBJECT_STORE_BYTES = 512 << 20


@contextmanager
def connected(address: str, workers: int | None, gpus: int) -> Iterator[int]:
    """Connect to the cluster at `address` ("local" starts one on this machine); yields how many CPU workers to use.

    Raises:
        JobError: no cluster answers, or it can never offer what was asked.
    """
    started_here = _connect(address, workers)
    try:
        yield fitting_workers(ray.cluster_resources(), workers, gpus)  # type: ignore[no-untyped-call]
    finally:
        if started_here:
            ray.shutdown()


def fitting_workers(offered: Mapping[str, float], workers: int | None, gpus: int) -> int:
    """How many workers of one CPU the cluster's resources hold, at most `workers`.

    Raises:
        JobError: not even one, fewer than asked for, or fewer GPUs than asked for.
    """
    cpus = int(offered.get("CPU", 0))
    memory = int(offered.get("memory", sys.maxsize))
    if offered.get("GPU", 0) < gpus:
        raise JobError(
            f"{gpus} GPU(s) asked for with --gpus, but the cluster offers {offered.get('GPU', 0):g}; ask for fewer, "
            "or leave --gpus out to work on CPUs."
        )
    if cpus < (workers or 1):
        raise JobError(
            f"{workers or 1} worker(s) need as many CPUs, but the cluster offers {cpus}; ask for fewer with --workers, "
            "or use a larger cluster."
        )
    if memory < WORKER_BYTES:
        raise JobError(
            f"A worker needs {WORKER_BYTES / 2**30:.1f} GiB of memory, but the cluster offers {memory / 2**30:.2f} "
            "GiB; free some, or use a larger cluster."
        )
    return max(1, min(workers or cpus, memory // WORKER_BYTES, cpus))


def _connect(address: str, workers: int | None) -> bool:
    if ray.is_initialized():
        return False
    if address == "local":
        _start(workers)
        return True
    _probe(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        raise JobError(f"The Ray cluster at {address} cannot be used: {_first_line(error)}") from None
    return True


def _start(workers: int | None) -> None:
    """A cluster on this machine alone (see ray_settings)."""
    available = psutil.virtual_memory().available
    with _without_stderr():
        ray.init(
            address="local",
            num_cpus=workers or os.cpu_count(),
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            object_store_memory=min(OBJECT_STORE_BYTES, available // 4),
        )


@contextmanager
def _without_stderr() -> Iterator[None]:
    """Keep what Ray's own libraries write to the terminal while they start from the reader; failures are raised."""
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


def _probe(address: str) -> None:
    """Refuse at once an address where nothing, or no Ray, listens."""
    if address == "auto" or "://" in address:
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise JobError(f"{address!r} is no address of a Ray cluster; write HOST:6379, auto, local or off.")
    try:
        socket.create_connection((host, int(port)), PROBE_SECONDS).close()
    except OSError as error:
        raise JobError(f"No Ray cluster answers at {address} ({error.strerror or error}).") from None
    with grpc.insecure_channel(address) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=PROBE_SECONDS)
        except grpc.FutureTimeoutError:
            raise JobError(f"What listens at {address} is no Ray cluster, or one that does not answer.") from None


def _first_line(error: Any) -> str:
    return str(error).strip().splitlines()[0]
