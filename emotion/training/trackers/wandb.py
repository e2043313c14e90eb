"""W&B: one run a training, offline unless WANDB_MODE says otherwise; it never asks at the terminal."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emotion.training.trackers.tracker import Outcome, Run

PROJECT = "emotion"


class WandB:
    """Writes below `folder`/wandb; `wandb sync` sends what was written offline."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._run: Any = None

    def start(self, run: Run) -> None:
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
        import wandb

        mode: Any = os.environ.get("WANDB_MODE", "offline")
        if mode in ("online", "shared") and not wandb.login(prompt=False):
            raise PermissionError(f"WANDB_MODE is {mode}, but there is no key: run `wandb login` first")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT),
            group=run.group,
            name=run.name,
            config=dict(run.parameters),
            dir=self._folder,
            mode=mode,
            settings=wandb.Settings(silent=True, console="off", save_code=False),
        )

    def epoch(self, step: int, numbers: Mapping[str, float]) -> None:
        self._run.log(dict(numbers), step=step)

    def finish(self, step: int, numbers: Mapping[str, float], documents: Mapping[str, str]) -> None:
        self._run.summary.update(dict(numbers))
        for name, text in documents.items():
            path = Path(self._run.dir) / name
            path.write_text(text, encoding="utf-8")
            self._run.save(str(path), base_path=self._run.dir, policy="now")

    def close(self, outcome: Outcome) -> None:
        """Ends the process that W&B started, too."""
        import wandb

        try:
            if self._run is not None:
                self._run.finish(exit_code=int(outcome != "finished"))
        finally:
            wandb.teardown()
