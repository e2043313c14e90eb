"""Ray Train's TorchTrainer around the training, in a process of its own, so that the user's can always be stopped."""

import os
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import ray
from ray import train
from ray.train import TrainingFailedError, UserCallback
from ray.train.torch import TorchConfig, TorchTrainer

from emotion.distributed.loopback import Loopback
from emotion.distributed.relay import Word
from emotion.distributed.worker import Work, work
from emotion.errors import EmotionError, JobError

RESTARTS = 5  # after the loss of a worker; lost machines that Ray foresaw do not count
SETTINGS = {
    "RAY_CHDIR_TO_TRIAL_DIR": "0",  # a recipe may name files from where the user stands
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "1",
    "RAY_TRAIN_METRICS_ENABLED": "0",
    "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": "86400",  # a cluster that is busy, or grows, is waited for
}
CONFIGS: Any = train  # its types are still those of the older Ray Train
ALONE = {"RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0"}  # one's own machine is not taken away


class Conductor:
    """An actor that conducts one training at a time, and keeps the workers' words until they are taken."""

    def __init__(self) -> None:
        self._words: deque[Word] = deque()

    def tell(self, words: Sequence[Word]) -> None:
        """Keep these."""
        self._words.extend(words)

    def take(self) -> list[Word]:
        """All words that nobody took yet."""
        return [self._words.popleft() for _ in range(len(self._words))]

    def conduct(self, task: Work) -> EmotionError | None:
        """Train to the end, or to what ended it."""
        local = on_loopback()
        os.environ |= SETTINGS | (ALONE if local else {})
        own = ray.get_runtime_context().current_actor
        trainer = TorchTrainer(
            work,
            train_loop_config={"work": task, "conductor": own},
            torch_config=Loopback(folder=str(task.sign)) if local else TorchConfig(),
            scaling_config=CONFIGS.ScalingConfig(
                num_workers=task.workers.count, use_gpu=task.workers.gpus, resources_per_worker=task.workers.needs
            ),
            run_config=CONFIGS.RunConfig(
                name=task.sign.name,
                storage_path=str(task.sign.parent),
                failure_config=CONFIGS.FailureConfig(max_failures=RESTARTS, controller_failure_limit=RESTARTS),
                callbacks=[Losses(own)],
                logging_config=CONFIGS.LoggingConfig(log_level="ERROR"),
            ),
        )
        try:
            trainer.fit()
        except TrainingFailedError as error:
            return told(error)
        return None


def on_loopback() -> bool:
    """Whether all of the cluster is on this machine and hidden from others."""
    nodes: Any = ray.nodes()  # type: ignore[no-untyped-call]
    return all(node["NodeManagerAddress"].startswith("127.") for node in nodes if node["Alive"])


class Losses(UserCallback):
    """What becomes of a failure of workers: what the user must put right ends the training, all else is tried again."""

    def __init__(self, conductor: Any) -> None:
        self._conductor, self._count = conductor, 0

    def after_exception(self, run_context: Any, worker_exceptions: Mapping[int, BaseException]) -> None:
        """Raise an error that is the user's; anything raised here is not tried again."""
        for error in worker_exceptions.values():
            if isinstance(error, EmotionError):
                raise error
        self._count += 1
        if self._count <= RESTARTS:
            line = f"lost a worker, {self._count} of at most {RESTARTS} times; all go on after the last whole epoch"
            self._conductor.tell.remote([("note", (line,))])


def told(error: BaseException) -> EmotionError:
    """The sentence in what Ray Train raised."""
    inner: Any = getattr(error, "controller_failure", error)
    if isinstance(inner, EmotionError):
        return inner
    failures = getattr(inner, "worker_failures", {})
    said = str(next(iter(failures.values()), inner)).strip()
    reason = said.splitlines()[-1].strip() if said else type(inner).__name__
    return JobError(f"Training was given up ({reason}); the same command goes on after the last whole epoch.")
