"""MLflow: a run with parameters, metrics by step and documents, in a folder or wherever MLFLOW_TRACKING_URI says."""

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emotion.training.trackers.tracker import Outcome, Run

EXPERIMENT = "emotion"
_BATCH = 100  # parameters MLflow takes at once
_STATUS: dict[Outcome, str] = {"finished": "FINISHED", "failed": "FAILED", "stopped": "KILLED"}


class MLflow:
    """Writes to a file store in `folder`/mlflow, which needs neither server nor database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "mlflow"
        self._client: Any = None
        self._run = ""

    def experiment(self) -> str:
        """Its id; made where it is missing. A file store makes two of one name for two who ask at once."""
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        from mlflow import MlflowClient

        self._client = client = MlflowClient(tracking_uri=self._store())
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", EXPERIMENT)
        known = client.get_experiment_by_name(name)
        return str(known.experiment_id if known else client.create_experiment(name))

    def start(self, run: Run) -> None:
        from mlflow.entities import Param

        experiment, client = self.experiment(), self._client
        self._run = client.create_run(experiment, run_name=run.name, tags={"recipe": run.group}).info.run_id
        parameters = [Param(_allowed(key), str(value)) for key, value in run.parameters.items()]
        for first in range(0, len(parameters), _BATCH):
            client.log_batch(self._run, params=parameters[first : first + _BATCH])

    def epoch(self, step: int, numbers: Mapping[str, float]) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        metrics = [Metric(_allowed(name), value, now, step) for name, value in numbers.items()]
        for first in range(0, len(metrics), _BATCH):
            self._client.log_batch(self._run, metrics=metrics[first : first + _BATCH])

    def finish(self, step: int, numbers: Mapping[str, float], documents: Mapping[str, str]) -> None:
        self.epoch(step, numbers)
        for name, text in documents.items():
            self._client.log_text(self._run, text, name)

    def close(self, outcome: Outcome) -> None:
        if self._run:
            self._client.set_terminated(self._run, _STATUS[outcome])

    def _store(self) -> str:
        """The user's own store if one is named; a file store is only made where MLflow is told that it is wanted."""
        if named := os.environ.get("MLFLOW_TRACKING_URI"):
            return named
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
        return self._folder.absolute().as_uri()


def _allowed(name: str) -> str:
    """A name with no sign that MLflow refuses in one."""
    return re.sub(r"[^\w./: -]", "_", name, flags=re.ASCII)
