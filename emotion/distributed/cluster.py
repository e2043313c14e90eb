"""A training on a Ray cluster, seen from the user's process."""

import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emotion.cluster.join import cluster_at
from emotion.distributed.options import Workers
from emotion.distributed.relay import Listener
from emotion.errors import EmotionError, JobError
from emotion.models.bundle import Bundle
from emotion.models.context.config import looked_in
from emotion.training.recipe import Recipe
from emotion.training.watcher import Watcher

POLL_SECONDS = 0.3


@contextmanager
def joined(workers: Workers, watcher: Watcher) -> Iterator[None]:
    """Connected to the cluster, which has room for the workers.

    Raises:
        JobError: no cluster answers, or it can never have that room; within seconds.
    """
    cpus = workers.count * workers.threads
    with cluster_at(workers.address, cpus, workers.count * workers.gpus) as fitting:
        if fitting < workers.count:
            raise JobError(f"{workers.count} workers need 1 GiB of memory each, which {fitting} have; ask for fewer.")
        _check_room(workers)
        _tell_of_waiting(workers, watcher)
        yield


def train_on(
    workers: Workers, recipe: Recipe, root: Path, checkpoints: Path, meeting: Path, watcher: Watcher
) -> Bundle:
    """The bundle of a recipe, trained on the connected cluster; the same call after a kill goes on.

    The workers meet in the folder `meeting`, which is removed at the end; like `checkpoints`, all of them must see it.

    Raises:
        EmotionError: as training by one process, or workers were lost too often.
    """
    from emotion.distributed.worker import BUNDLE, Work

    shutil.rmtree(meeting, ignore_errors=True)
    sign = meeting.absolute() / secrets.token_hex(8)
    sign.mkdir(parents=True)
    task = Work(recipe, root.absolute(), checkpoints.absolute(), sign, Path.cwd(), workers, looked_in())
    try:
        problem = _conducted(task, Listener(watcher))
    finally:
        shutil.rmtree(meeting, ignore_errors=True)
    if problem is not None:
        raise problem
    return Bundle.load(checkpoints / BUNDLE)


def places(nodes: Sequence[Mapping[str, float]], needs: Mapping[str, float]) -> int:
    """How many workers with such needs find place on nodes with such resources."""
    return sum(min(int(node.get(name, 0) / amount + 1e-9) for name, amount in needs.items()) for node in nodes)


def room(needs: Mapping[str, float]) -> int:
    """The same on the machines that the connected cluster has now."""
    import ray

    nodes = ray.nodes()  # type: ignore[no-untyped-call]
    return places([node["Resources"] for node in nodes if node["Alive"]], needs)


def _conducted(task: Any, listener: Listener) -> EmotionError | None:
    """Have it trained, and say what is heard of it; whatever happens, nothing of it goes on afterwards."""
    import ray
    from ray.exceptions import RayError

    from emotion.cluster.connect import on_this_machine
    from emotion.distributed.conductor import Conductor

    actor: Any = ray.remote(Conductor)
    conductor = actor.options(**on_this_machine(), max_concurrency=3).remote()
    try:
        running = conductor.conduct.remote(task)
        done: list[Any] = []
        while not done:
            done, _ = ray.wait([running], timeout=POLL_SECONDS)
            listener.hear(ray.get(conductor.take.remote()))
        outcome: EmotionError | None = ray.get(running)
        return outcome
    except RayError as error:
        return JobError(f"Training on Ray failed: {str(error).strip().splitlines()[-1]}")
    finally:
        ray.kill(conductor)  # and with it Ray Train's controller and the workers, which it owns


def _check_room(workers: Workers) -> None:
    """Refuse what fits into the cluster as a whole, but not onto its machines, unless it grows by some that do."""
    from emotion.cluster.growth import grow

    grow([workers.needs] * workers.count, lambda: room(workers.needs) >= workers.count)
    if (there := room(workers.needs)) < workers.count:
        needs = " and ".join(f"{amount:g} {name}" for name, amount in workers.needs.items())
        raise JobError(
            f"Each worker needs {needs} of one machine, which the cluster has for {there} of {workers.count}; ask for "
            "fewer, or for fewer --threads."
        )


def _tell_of_waiting(workers: Workers, watcher: Watcher) -> None:
    import ray

    free = ray.available_resources()  # type: ignore[no-untyped-call]
    for name, amount in workers.needs.items():
        if free.get(name, 0) < amount * workers.count:
            watcher.note(f"{free.get(name, 0):g} of {amount * workers.count:g} {name} are free; waiting for the others")
