"""What is kept of a trial after each epoch: all to go on from, its best epoch as a bundle, and its record."""

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from emotion.evaluation.speed import one_thread
from emotion.models.bundle import Bundle
from emotion.models.classifier import Classifier
from emotion.models.description import CARD, METRICS, TRAINING_ONLY
from emotion.predictor import Predictor
from emotion.report.search.found import Trial
from emotion.stores.files import whole
from emotion.training.loop.checkpoint import FILE, Checkpoint, Checkpoints
from emotion.training.loop.history import best, last_stage
from emotion.training.outcome.card import card
from emotion.training.outcome.finished import finished
from emotion.training.prepare import Prepared
from emotion.training.recipe import Recipe
from emotion.training.trainer import observed
from emotion.tuning.folder import TrialFolder

TEXTS = 2048  # whose prediction is timed
_TAKEN = ".taken"

Tell = Callable[[dict[str, Any]], None]


class Keeper(Checkpoints):
    """Checkpoints of a trial; after each one, everybody is told how far it is, and may stop it there."""

    def __init__(self, folder: TrialFolder, trial: Trial, recipe: Recipe, prepared: Prepared, began: float) -> None:
        super().__init__(folder.epochs, facts(recipe, prepared))
        self.trial = trial
        self.folder, self.recipe, self._prepared = folder, recipe, prepared
        self._began, self._last = began, time.time()
        self.tell: Tell = lambda _: None

    def load(self) -> Checkpoint | None:
        """The last checkpoint; what a kill left undone after it is done now, and what another trial left taken over."""
        saved = super().load()
        if saved is not None and _flat(_history(saved)) != self.trial.history:
            self.trial.speed = None
            self._keep(saved, anew=True)
        return saved

    def save(self, checkpoint: Checkpoint) -> None:
        super().save(checkpoint)
        self.tell(self._keep(checkpoint))

    def _keep(self, checkpoint: Checkpoint, anew: bool = False) -> dict[str, Any]:
        """Record of the checkpoint, and its bundle where it is its best epoch, or `anew`; what is told of it.

        A stage before the last keeps its last epoch, not its best, and so does a trial that ends there.
        """
        history = _history(checkpoint)
        records = last_stage(history)
        top, kept = best(records), _weights(checkpoint, "best")
        place = top if kept else len(records) - 1
        if anew or place == len(records) - 1:
            self._keep_bundle(kept or _weights(checkpoint, "average"), history)
        trial = self.trial
        trial.history = _flat(history)
        trial.best = len(history) - len(records) + place
        trial.quality = float(records[place]["select"])
        self.write()
        told = {"quality": float(records[top]["select"]), "select": float(records[-1]["select"])}
        return {"epochs": len(history)} | told

    def close(self, history: Sequence[Mapping[str, Any]]) -> Bundle:
        """The training came to its end: the bundle, which tells of all of it."""
        bundle, context = Bundle.load(self.folder.bundle), self._prepared.context
        if context is not None and context.trained is None:
            bundle = replace(bundle, context=context)  # which the bundle itself need not hold
        bundle = observed(bundle, self._prepared)
        metrics = dict(bundle.metrics) | {"history": list(history)}
        bundle = replace(bundle, metrics=metrics, card=card(metrics))
        bundle.save(self.folder.bundle)
        self.trial.status = "finished"
        self.write()
        self.folder.tidy()
        return bundle

    def remark(self, line: str) -> None:
        """Something that whoever reads the table should know of this trial, kept with its next record."""
        if line not in self.trial.reason:
            self.trial.reason = f"{self.trial.reason}; {line}".removeprefix("; ")

    def write(self) -> None:
        """Keep the record, with the time that was worked since it was kept last; a trial that was ended ends here."""
        known = self.folder.read()
        if known is not None and known.status != "running":
            raise SystemExit
        now = time.time()
        self.trial.seconds += now - self._last
        self.trial.ended = now - self._began
        self._last = now
        if torch.cuda.is_available():
            self.trial.memory = int(torch.cuda.max_memory_allocated())
            self.trial.room = int(torch.cuda.get_device_properties(0).total_memory)
        self.folder.write(self.trial)

    def _keep_bundle(self, weights: Mapping[str, torch.Tensor], history: Sequence[Mapping[str, Any]]) -> None:
        recipe, prepared = self.recipe, self._prepared.apart()  # training goes on with an encoder of its own
        model = _model(recipe, prepared, weights)
        bundle = finished(recipe, prepared, model, history, self.trial.seconds, ("validation",))
        bundle.save(self.folder.bundle)
        self.trial.model = bundle.id
        self.trial.size = size(self.folder.bundle)
        if self.trial.speed is None:
            self.trial.speed = speed(bundle, timed_texts(recipe, self._prepared))


def _model(recipe: Recipe, prepared: Prepared, weights: Mapping[str, torch.Tensor]) -> Classifier:
    """The network with weights of a checkpoint, around the encoder of `prepared` where they are that one's too."""
    words, device = len(prepared.encoder.vocabulary), torch.device("cpu")
    with torch.device("meta"):
        model = Classifier(recipe.model, recipe.all_heads, words, torch.empty(words, recipe.model.embedding_dim))
    if prepared.context is not None and prepared.context.trained is not None:
        module = prepared.context.trained.module
        device = next(module.parameters()).device  # where the encoder takes what it reads
        model.tune(module)
    model.load_state_dict({name: value.clone() for name, value in weights.items()}, assign=True)
    return model.eval().to(device)


def facts(recipe: Recipe, prepared: Prepared) -> dict[str, Any]:
    """What must be as it was for weights to fit: data and shapes. Rates and dropouts may change on the way."""
    shape = recipe.model.model_dump(mode="json", exclude=TRAINING_ONLY)
    start = None if prepared.start is None else prepared.start.id
    return {"data": prepared.fingerprint, "model": shape, "seed": recipe.seed, "start": start}


def take(given: Path, folder: TrialFolder, trial: Trial) -> None:
    """Go on from a checkpoint that another trial left in the folder `given`, with the values that fit it.

    After a kill `begin` finds either both or neither: the values on record say which.
    """
    folder.epochs.mkdir(parents=True, exist_ok=True)
    with whole(_taken(folder, trial)) as fresh:
        shutil.copyfile(given / FILE, fresh)
    begin(folder, trial)


def begin(folder: TrialFolder, trial: Trial) -> None:
    """Put the trial on record, then the checkpoint in its place that was taken for just these values, if one was."""
    folder.write(trial)
    if _taken(folder, trial).exists():
        _taken(folder, trial).replace(folder.epochs / FILE)
    for other in folder.epochs.glob(f"*{_TAKEN}"):
        other.unlink()


def _taken(folder: TrialFolder, trial: Trial) -> Path:
    values = json.dumps(trial.values, sort_keys=True).encode()
    return folder.epochs / f"{sha256(values).hexdigest()[:16]}{_TAKEN}"


def speed(bundle: Bundle, texts: Sequence[str]) -> float:
    """Tweets a second of one core, whatever else the machine does: by the time that this thread computed."""
    predictor = Predictor(bundle)
    with one_thread():
        predictor(texts[: len(texts) // 8])
        started = time.thread_time()
        predictor(texts)
        return len(texts) / max(time.thread_time() - started, 1e-9)


def timed_texts(recipe: Recipe, prepared: Prepared) -> list[str]:
    """Different texts of the first set that the recipe selects by, and of what is learnt of it, as few tell little."""
    splits = prepared.data.sets[next(iter(recipe.select)).split(".")[0]]
    known = (text for name in ("validation", "train") if name in splits for text in splits[name].texts)
    return list(islice(dict.fromkeys(known), TEXTS))


def size(bundle: Path) -> int:
    """Bytes of what a bundle needs to predict: all but what it tells of itself."""
    files = [file for file in bundle.rglob("*") if file.is_file() and file.name not in (METRICS, CARD)]
    return sum(file.stat().st_size for file in files)


def flat_record(record: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of an epoch."""
    return {name: float(value) for name, value in record.items() if isinstance(value, int | float)}


def _flat(history: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
    return [flat_record(record) for record in history]


def _history(checkpoint: Checkpoint) -> list[dict[str, Any]]:
    """The epochs of all stages up to a checkpoint."""
    numbers = checkpoint.numbers
    before: list[dict[str, Any]] = numbers["before"]
    return before + [{"stage": numbers["stage"]} | record for record in numbers["history"]]


def _weights(checkpoint: Checkpoint, group: str) -> dict[str, torch.Tensor]:
    return {
        name.removeprefix(f"{group}/"): value
        for name, value in checkpoint.tensors.items()
        if name.startswith(f"{group}/")
    }
