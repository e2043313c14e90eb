"""The training loop: epochs of batches, the averaged weights measured after each, the best epoch restored."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emotion.errors import ConfigError
from emotion.models.classifier import Classifier
from emotion.training.hardware import Hardware
from emotion.training.loop.average import Average, Averaging, StochasticAverage
from emotion.training.loop.examples import Examples, Rows, batches
from emotion.training.loop.history import best
from emotion.training.loop.loss import HeadLoss, masked_loss
from emotion.training.loop.optimiser import Optimiser
from emotion.training.parallel import Alone, Team
from emotion.training.stage import StageConfig
from emotion.training.watcher import Watcher

Quality = Callable[[Classifier], dict[str, float]]
Record = dict[str, Any]

HARDWARE, ALONE = Hardware(), Alone()


@dataclass(frozen=True)
class StageState:
    """All that a stage needs to go on after an epoch, but for the random numbers: small values, and tensors by name."""

    numbers: dict[str, Any]
    tensors: dict[str, Tensor]


class Stage:
    """One stage of training, epoch by epoch; `close` leaves the model with the weights that are kept.

    These are the averaged weights of the best epoch, with `keep_best`, else of the last. `quality` gives the measures
    of a model; their `select` decides which epoch is best. `history` holds, an epoch each, the loss and these measures.
    """

    def __init__(
        self,
        model: Classifier,
        losses: Mapping[str, HeadLoss],
        data: Examples,
        config: StageConfig,
        quality: Quality,
        random: np.random.Generator,
        watcher: Watcher,
        keep_best: bool = True,
        hardware: Hardware = HARDWARE,
        team: Team = ALONE,
    ) -> None:
        self.history: list[Record] = []
        self._model, self._losses, self._data, self._config = model, losses, data, config
        self._quality, self._random, self._watcher = quality, random, watcher
        self._keep_best, self._hardware, self._team = keep_best, hardware, team
        self._optimiser = Optimiser(model, config.optimiser, config.freeze, team, sparse=not hardware.compiles)
        self._average = _averaging(model, config)
        self._forward = hardware.ready(model)
        self._best: dict[str, Tensor] = {}

    @property
    def best(self) -> int:
        """Number of the best epoch, 0 before the first; of equals the earliest."""
        return best(self.history) + 1 if self.history else 0

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do, or nothing left to hope for."""
        return len(self.history) >= self._config.epochs or self._given_up

    @property
    def _given_up(self) -> bool:
        return self._keep_best and bool(self.history) and len(self.history) - self.best >= self._config.patience

    def epoch(self) -> None:
        """Train for one epoch and measure what it brought."""
        number = len(self.history) + 1
        loss = self._team.total(self._pass(number))
        if not math.isfinite(loss):
            raise ConfigError(f"Training diverged in epoch {number}: the loss is {loss}; lower the learning_rate.")
        self._average.epoch(self._model, number / self._config.epochs)
        measured = self._team.first(self._measured)
        self.history.append({"epoch": number, "loss": loss} | measured)
        self._optimiser.rate.epoch(measured["select"])
        if self.best == number:
            self._best = self._average.state() if self._keep_best else {}
        self._watcher.epoch(self.history[-1])
        if self._given_up:
            self._watcher.note(f"stopped: no better epoch since epoch {self.best}")

    def close(self) -> None:
        """Leave the model with the weights that are kept."""
        self._model.load_state_dict(self._best if self._keep_best else self._average.state())

    def state(self) -> StageState:
        """What `restore` takes."""
        groups: dict[str, Mapping[str, Tensor]] = {
            "model": dict(self._model.named_parameters()),
            "average": self._average.state(),
            "best": self._best,
            "optimiser": self._optimiser.state(),
        }
        tensors = {f"{group}/{name}": value for group, found in groups.items() for name, value in found.items()}
        numbers = {"history": list(self.history), "seen": self._average.seen, "rate": self._optimiser.rate.state()}
        return StageState(numbers, {name: _copy(value) for name, value in tensors.items()})

    def restore(self, state: StageState) -> None:
        """Go on after the epoch that `state` was taken after; the watcher is told of those before once more."""
        groups: dict[str, dict[str, Tensor]] = {"model": {}, "average": {}, "best": {}, "optimiser": {}}
        for key, value in state.tensors.items():
            group, _, name = key.partition("/")
            if group in groups:
                groups[group][name] = value
        self._model.load_state_dict(groups["model"])
        self._average.restore(groups["average"], state.numbers["seen"])
        self._best = {name: value.to(self._hardware.device) for name, value in groups["best"].items()}
        self._optimiser.restore(groups["optimiser"])
        self._optimiser.rate.restore(state.numbers["rate"])
        self.history = [dict(record) for record in state.numbers["history"]]
        for record in self.history:
            self._watcher.epoch(record)

    def _pass(self, number: int) -> float:
        """One pass over the data; this process's part of the mean loss of its batches."""
        self._model.train()
        order = self._data.order(self._random)
        cut = batches(self._data.texts, self._config.batch_size, self._random, self._config.batch_tokens, order)
        self._watcher.begin(f"epoch {number} of {self._config.epochs}", len(cut))
        losses = []
        for step, rows in enumerate(cut):
            loss = self._loss(rows)
            self._optimiser.step(loss, (number - 1) * len(cut) + step, self._config.epochs * len(cut))
            self._average.update(self._model)
            losses.append(float(loss.detach()))
            self._watcher.advance()
        return float(np.mean(losses))

    def _loss(self, rows: Rows) -> Tensor:
        """This process's part of the loss of a batch."""
        mine, device = self._team.share(rows), self._hardware.device
        if not len(mine):
            return torch.zeros((), device=device)
        with self._hardware.computing():
            output = self._forward(*self._data.texts.inputs(mine, device))
        logits = {name: values.float() for name, values in output.logits.items()}
        targets = {name: torch.from_numpy(values[mine]).to(device) for name, values in self._data.targets.items()}
        weights = {name: torch.from_numpy(values[mine]).to(device) for name, values in self._data.weights.items()}
        loss = masked_loss(self._losses, logits, targets, weights)
        if self._model.config.attention_penalty:
            loss = loss + self._model.config.attention_penalty * output.penalty
        return loss if len(mine) == len(rows) else loss * (len(mine) / len(rows))

    def _measured(self) -> dict[str, float]:
        """Measures of the averaged weights; the model's own are put back."""
        own = {name: weight.detach().clone() for name, weight in self._model.named_parameters()}
        self._model.load_state_dict(self._average.state())
        measured = self._quality(self._model)
        self._model.load_state_dict(own)
        return measured


def fit(stage: Stage, save: Callable[[Stage], None] = lambda _: None) -> list[Record]:
    """Train a stage to its end, and `save` after each epoch; its history."""
    while not stage.finished:
        stage.epoch()
        save(stage)
    stage.close()
    return stage.history


def _copy(value: Tensor) -> Tensor:
    return value.detach().cpu().clone(memory_format=torch.contiguous_format)


def _averaging(model: Classifier, config: StageConfig) -> Averaging:
    if config.optimiser.swa is not None:
        return StochasticAverage(model, config.optimiser.swa)
    return Average(model, config.optimiser.ema)
