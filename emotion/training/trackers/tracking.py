"""Trackers beside a training: they hear what its watcher hears, and none of them can end it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from emotion.errors import UsageError, is_interrupt
from emotion.training.trackers.mlflow import MLflow
from emotion.training.trackers.numbers import epoch_numbers, final_numbers
from emotion.training.trackers.tensorboard import TensorBoard
from emotion.training.trackers.tracker import Outcome, Run, Tracker
from emotion.training.trackers.wandb import WandB
from emotion.training.watcher import Watcher

TRACKERS: Mapping[str, Callable[[Path], Tracker]] = {"tensorboard": TensorBoard, "mlflow": MLflow, "wandb": WandB}


def check_trackers(names: Sequence[str]) -> None:
    """A UsageError for a tracker that does not exist, or whose package is missing."""
    for name in names:
        if name not in TRACKERS:
            raise UsageError(f"--track {name!r} is none of {', '.join(TRACKERS)}.")
        found = find_spec(name)
        if found is None or found.origin is None:  # a folder of that name, as W&B makes one, is no package
            raise UsageError(f"--track {name} needs a package that is not here: pip install 'emotion[track]'.")


def prepare(names: Sequence[str], folder: Path, note: Callable[[str], None]) -> None:
    """What trainings that run beside each other share is made before them, once."""
    if "mlflow" in names:
        try:
            MLflow(folder).experiment()
        except Exception as error:  # as below; each training will say so, too
            note(f"mlflow failed: {_first_line(error)}")


class Tracking(Watcher):
    """Trackers of one training by their names, each in a folder of its own below `folder`; a context manager.

    A tracker that fails is spoken of once, to `note`, and is told nothing more.
    """

    def __init__(self, names: Sequence[str], folder: Path, run: Run, note: Callable[[str], None]) -> None:
        check_trackers(names)
        self._trackers = {name: TRACKERS[name](folder) for name in names}
        self._run = run
        self._note = note
        self._epochs = 0

    def __enter__(self) -> Self:
        self._tell(lambda tracker: tracker.start(self._run))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stopped = error is not None and (isinstance(error, SystemExit) or is_interrupt(error))
        outcome: Outcome = "stopped" if stopped else "failed" if kind else "finished"
        self._tell(lambda tracker: tracker.close(outcome))

    def epoch(self, record: Mapping[str, Any]) -> None:
        self._epochs += 1
        self._tell(lambda tracker: tracker.epoch(self._epochs, epoch_numbers(record)))

    def finish(self, metrics: Mapping[str, Any], documents: Mapping[str, str]) -> None:
        """The model is made: its metrics, and texts about it by file name."""
        self._tell(lambda tracker: tracker.finish(self._epochs, final_numbers(metrics), documents))

    def _tell(self, say: Callable[[Tracker], None]) -> None:
        for name, tracker in list(self._trackers.items()):
            try:
                say(tracker)
            except Exception as error:  # whatever the library raises; the training is worth more than its log
                del self._trackers[name]
                self._note(f"{name} failed and is told nothing more: {_first_line(error)}")
                with suppress(Exception):
                    tracker.close("failed")


def _first_line(error: Exception) -> str:
    said = str(error).strip()
    return said.splitlines()[0] if said else type(error).__name__
