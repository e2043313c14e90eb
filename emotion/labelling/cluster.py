"""The job on Ray Data: one definition of the work, two layouts.

Fused, for CPUs: an actor reads, predicts, writes and commits a split by itself, so that nothing but counts travels and
no second operator can starve the first. Staged, for GPUs: CPU tasks read, choose and encode, and hand whole parts
through Ray's object store to GPU actors, which predict, write and commit.
"""

import logging
import os
import pickle
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
import ray
import ray.data
import ray.exceptions
from ray.data import ActorPoolStrategy, TaskPoolStrategy

from emotion import errors
from emotion.cluster.gpu import check_gpu
from emotion.errors import EmotionError, JobError
from emotion.labelling.packing import ITEM_BYTES, pack
from emotion.labelling.process import calm_collector, collect_between_parts, keep_calm
from emotion.labelling.work import (
    Chosen,
    Labeller,
    Plan,
    Task,
    check_model,
    encode_texts,
    read_chosen,
)
from emotion.models.description import read_description, read_encoder
from emotion.models.registry import resolve

NO_PROGRESS_SECONDS = 6 * 3600
BLOCK_BYTES = 4 << 20  # of parts that travel together
LOGICAL_GPUS = "EMOTION_LOGICAL_GPUS"
Batch = dict[str, Any]
_RAISED = re.compile(r"^emotion\.errors\.(\w+): (.+)", re.MULTILINE)


class Fused:
    """Whole splits in one actor."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._labeller = _labeller(plan, "cpu")
        keep_calm()

    def __call__(self, batch: Batch) -> Iterator[Batch]:
        """Yield the number of records read, from time to time: what is yielded costs the driver, too."""
        read = size = 0
        for task in _tasks(batch):
            for chosen in read_chosen(self._plan, task):
                read += self._labeller.label(chosen).read
                size += chosen.bytes
                if size >= ITEM_BYTES:
                    yield _counts([read])
                    read = size = 0
        yield _counts([read])


class Reader:
    """The first half of the staged layout: parts that are read, chosen and encoded, each one row of a block."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        bundle = resolve(plan.bundle)
        check_model(plan, read_description(bundle).id)
        self._encoder = read_encoder(bundle)

    def __call__(self, batch: Batch) -> Iterator[Batch]:
        """Yield the parts of the splits as bytes: a large one alone, small ones together."""
        held: list[bytes] = []
        with calm_collector():
            for task in _tasks(batch):
                for part in self._parts(task):
                    held.append(part)
                    if sum(map(len, held)) >= BLOCK_BYTES:
                        yield _block(held)
                        held = []
        if held:
            yield _block(held)

    def _parts(self, task: Task) -> Iterator[bytes]:
        for chosen in read_chosen(self._plan, task, look=False):
            encode_texts(self._encoder, chosen)
            yield msgspec.msgpack.encode(chosen)


class Staged:
    """The second half: who predicts also writes and commits."""

    def __init__(self, plan: Plan) -> None:
        self._labeller = _labeller(plan, _gpu())
        keep_calm()

    def __call__(self, batch: Batch) -> Batch:
        """Label the parts of the batch; their numbers of records."""
        return _counts([self._label(part) for part in batch["part"]])

    def _label(self, part: bytes) -> int:
        read = self._labeller.label(msgspec.msgpack.decode(part, type=Chosen)).read
        collect_between_parts()
        return read


def run(plan: Plan, tasks: Sequence[Task], workers: int, gpus: int) -> None:
    """Label the splits on the connected cluster, with `workers` CPUs, and `gpus` GPUs if any."""
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.execution_no_progress_timeout_s = NO_PROGRESS_SECONDS
    context.target_max_block_size = 1  # what a worker yields leaves it at once, as a block of its own
    items = [{"tasks": pickle.dumps(item)} for item in pack(tasks, workers)]
    dataset = ray.data.from_items(items, override_num_blocks=len(items))
    layout = _staged(dataset, plan, workers, gpus) if gpus else _fused(dataset, plan, workers)
    try:
        for _ in layout.iter_batches(batch_size=None, prefetch_batches=0):
            pass
    except ray.exceptions.RayError as error:
        raise told(error) from None


def _fused(dataset: ray.data.Dataset, plan: Plan, workers: int) -> ray.data.Dataset:
    pool = ActorPoolStrategy(size=workers)
    return dataset.map_batches(Fused, batch_size=1, compute=pool, num_cpus=1, fn_constructor_kwargs={"plan": plan})


def _staged(dataset: ray.data.Dataset, plan: Plan, workers: int, gpus: int) -> ray.data.Dataset:
    """GPU actors ask for no CPU, so readers can never starve them."""
    readers, labellers = TaskPoolStrategy(size=workers), ActorPoolStrategy(size=gpus)
    parts = dataset.map_batches(Reader(plan), batch_size=1, compute=readers, num_cpus=1)
    return parts.map_batches(
        Staged, batch_size=1, compute=labellers, num_cpus=0, num_gpus=1, fn_constructor_kwargs={"plan": plan}
    )


def _gpu() -> Literal["cpu", "cuda"]:
    """The GPU that Ray gave; the tests, which have logical ones only, say so in the environment."""
    import torch

    if os.environ.get(LOGICAL_GPUS) and not torch.cuda.is_available():
        return "cpu"
    check_gpu()
    return "cuda"


def _labeller(plan: Plan, device: Literal["cpu", "cuda"]) -> Labeller:
    import torch

    torch.set_num_threads(1)
    return Labeller(plan, device)


def told(error: BaseException) -> EmotionError:
    """The sentence that a worker raised, out of what Ray wrapped it in and without what it appends."""
    inner: object = error
    while isinstance(inner, BaseException):
        if isinstance(inner, EmotionError) and not isinstance(inner, ray.exceptions.RayError):
            return type(inner)(str(inner).partition("\nFailed to ")[0])
        inner = getattr(inner, "cause", None) or inner.__cause__
    if found := _RAISED.findall(str(error)):  # of an actor that did not start, Ray keeps the text alone
        kind, sentence = found[-1]
        said: EmotionError = getattr(errors, kind, JobError)(sentence)
        return said
    return JobError(f"A worker failed: {str(error).strip().splitlines()[-1]}")


def _tasks(batch: Batch) -> list[Task]:
    return [task for tasks in batch["tasks"] for task in pickle.loads(tasks)]  # nosec B301 (our driver's)


def _block(parts: list[bytes]) -> Batch:
    return {"part": np.array(parts, dtype=object)}


def _counts(read: list[int]) -> Batch:
    return {"read": np.array(read, dtype=np.int64)}
