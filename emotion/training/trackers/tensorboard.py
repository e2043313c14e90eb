"""TensorBoard: one folder of event files a training."""

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

from emotion.training.trackers.tracker import Outcome, Parameter, Run


class TensorBoard:
    """Writes below `folder`/tensorboard; `tensorboard --logdir folder/tensorboard` shows it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tensorboard"
        self._writer: Any = None
        self._parameters: dict[str, Parameter] = {}

    def start(self, run: Run) -> None:
        from torch.utils.tensorboard import SummaryWriter

        writer: Any = SummaryWriter
        self._parameters = dict(run.parameters)
        self._writer = writer(str(_fresh(self._folder, run.name)))
        self._writer.add_text("recipe", _table(run.parameters))
        self._writer.flush()

    def epoch(self, step: int, numbers: Mapping[str, float]) -> None:
        for name, value in numbers.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def finish(self, step: int, numbers: Mapping[str, float], documents: Mapping[str, str]) -> None:
        for name, text in documents.items():
            if name.endswith(".md"):
                self._writer.add_text(name.removesuffix(".md"), text, step)
        self._writer.add_hparams(self._parameters, dict(numbers), run_name=".", global_step=step)

    def close(self, outcome: Outcome) -> None:
        if self._writer is not None:
            self._writer.close()


def _fresh(folder: Path, name: str) -> Path:
    """A new folder for a run, so that no curve is drawn on top of an older one."""
    stem = f"{re.sub('[^A-Za-z0-9_.-]+', '-', name)}-{datetime.now():%Y%m%d-%H%M%S}"
    names = chain([stem], (f"{stem}-{number}" for number in count(2)))
    path = next(folder / name for name in names if not (folder / name).exists())
    path.mkdir(parents=True)
    return path


def _table(parameters: Mapping[str, Parameter]) -> str:
    rows = [f"| {name} | {str(value).replace('|', '&#124;')} |" for name, value in parameters.items()]
    return "\n".join(["| key | value |", "| --- | --- |", *rows])
