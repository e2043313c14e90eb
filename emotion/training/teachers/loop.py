"""The training loop of a teacher: epochs of batches, a measure and a checkpoint after each, the best epoch kept."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emotion.errors import ConfigError
from emotion.training.hardware import Hardware
from emotion.training.loop.average import Average
from emotion.training.loop.checkpoint import Checkpoint, Checkpoints
from emotion.training.loop.examples import Examples, Rows, batches
from emotion.training.loop.history import best
from emotion.training.loop.loss import masked_loss
from emotion.training.teachers.network import Transformer
from emotion.training.teachers.optimiser import Optimiser
from emotion.training.teachers.pace import Pace
from emotion.training.teachers.recipe import TeacherRecipe
from emotion.training.teachers.tokens import TokenEncoder
from emotion.training.watcher import Watcher

Quality = Callable[[Transformer], dict[str, float]]
Weights = dict[str, Tensor]


@dataclass
class Training:
    """One training; `fit` leaves the model with the weights of its best epoch, from wherever a killed run stopped.

    `quality` gives the measures of a model; their `select` decides which epoch is best.
    """

    recipe: TeacherRecipe
    model: Transformer
    encoder: TokenEncoder
    data: Examples
    quality: Quality
    checkpoints: Checkpoints
    watcher: Watcher
    hardware: Hardware
    history: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._steps = -(-self.data.drawn // self.recipe.batch_size)
        self._heads = {head.name: head for head in self.recipe.heads}
        self._optimiser = Optimiser(self.model, self.recipe, self._steps * self.recipe.epochs)
        self._average = Average(self.model, self.recipe.ema) if self.recipe.ema else None
        self._best: Weights = {}

    @property
    def best(self) -> int:
        """Number of the best epoch, 0 before the first; of equals the earliest."""
        return best(self.history) + 1 if self.history else 0

    def fit(self) -> None:
        """Train until the last epoch, or until patience ends; after each the state is on disk."""
        self.watcher.stage(1, 1, self.recipe.epochs)
        if (saved := self.checkpoints.load()) is not None:
            self._restore(saved)
        while len(self.history) < self.recipe.epochs and not self._given_up():
            self._epoch(len(self.history) + 1)
            self.checkpoints.save(self._state())
        self.model.load_state_dict(self._best, strict=False)

    def _given_up(self) -> bool:
        if not self.history or len(self.history) - self.best < self.recipe.patience:
            return False
        self.watcher.note(f"stopped: no better epoch since epoch {self.best}")
        return True

    def _epoch(self, number: int) -> None:
        loss = self._pass(number)
        if not math.isfinite(loss):
            raise ConfigError(f"Training diverged in epoch {number}: the loss is {loss}; lower the learning_rate.")
        own = self._weights()
        kept = own if self._average is None else self._average.state()
        self.model.load_state_dict(kept, strict=False)
        self.history.append({"epoch": number, "loss": loss} | self.quality(self.model))
        self.model.load_state_dict(own, strict=False)
        if self.best == number:
            self._best = kept
        self.watcher.epoch(self.history[-1])

    def _pass(self, number: int) -> float:
        """One epoch; the mean loss of its batches. Chance starts anew from seed and number, whatever came before."""
        torch.manual_seed(self.recipe.seed * 1000 + number)
        random = np.random.default_rng((self.recipe.seed, number))
        cut = batches(self.data.texts, self.recipe.batch_size, random, order=self.data.order(random))
        self.model.train()
        self.watcher.begin(f"epoch {number}", len(cut))
        pace = Pace(self.watcher, f"epoch {number}", self.data.drawn)
        losses = []
        for done, rows in enumerate(cut, start=(number - 1) * self._steps):
            losses.append(self._step(rows, done))
            self.watcher.advance()
            pace.advance(len(rows))
        return float(np.mean(losses))

    def _step(self, rows: Rows, done: int) -> float:
        device = self.hardware.device
        ids, mask = self.encoder.batch(self.data.texts, rows)
        with self.hardware.computing():
            output = self.model(ids.to(device), mask.to(device))
        logits = {name: values.float() for name, values in output.items()}
        targets = {name: torch.from_numpy(values[rows]).to(device) for name, values in self.data.targets.items()}
        weights = {name: torch.from_numpy(values[rows]).to(device) for name, values in self.data.weights.items()}
        loss = masked_loss(self._heads, logits, targets, weights)
        if loss.requires_grad:  # some row of the batch teaches some head
            self._optimiser.step(loss, done)
        if self._average is not None:
            self._average.update(self.model)
        return float(loss.detach())

    def _weights(self) -> Weights:
        return {name: weight.detach().clone() for name, weight in self.model.named_parameters()}

    def _state(self) -> Checkpoint:
        groups = {"model": self._weights(), "best": self._best, "adam": self._optimiser.state()}
        if self._average is not None:
            groups["average"] = self._average.state()
        tensors = {f"{group}/{name}": value for group, values in groups.items() for name, value in values.items()}
        return Checkpoint(
            {"history": self.history}, {name: value.cpu().clone().contiguous() for name, value in tensors.items()}
        )

    def _restore(self, saved: Checkpoint) -> None:
        groups: dict[str, Weights] = {}
        for key, value in saved.tensors.items():
            group, _, name = key.partition("/")
            groups.setdefault(group, {})[name] = value.to(self.hardware.device)
        self.history = [dict(record) for record in saved.numbers["history"]]
        self.model.load_state_dict(groups["model"], strict=False)
        self._best = groups["best"]
        self._optimiser.restore(groups["adam"])
        if self._average is not None:
            self._average.restore(groups["average"], len(self.history) * self._steps)
        self.watcher.note(f"going on after epoch {len(self.history)}")
        for record in self.history:
            self.watcher.epoch(record)
