"""The training loop: epochs of batches, the averaged weights measured after each, the best epoch restored."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emotion.errors import ConfigError
from emotion.models.classifier import Classifier
from emotion.models.config import HeadConfig
from emotion.training.examples import Examples, batches
from emotion.training.loss import masked_loss
from emotion.training.optimiser import Average, Optimiser
from emotion.training.recipe import StageConfig
from emotion.training.watcher import Watcher

Quality = Callable[[Classifier], dict[str, float]]


def fit(
    model: Classifier,
    heads: Mapping[str, HeadConfig],
    data: Examples,
    stage: StageConfig,
    quality: Quality,
    random: np.random.Generator,
    watcher: Watcher,
    keep_best: bool = True,
) -> list[dict[str, Any]]:
    """Train for one stage and leave the model with the averaged weights of its best epoch (else of its last).

    `quality` gives the measures of a model; their `select` decides which epoch is best. The history returned holds, an
    epoch each, the loss and these measures.
    """
    steps = -(-len(data.texts) // stage.batch_size)
    optimiser = Optimiser(model, stage.optimiser, steps * stage.epochs)
    average = Average(model, stage.optimiser.ema)
    history: list[dict[str, Any]] = []
    best: dict[str, Tensor] = {}
    for epoch in range(1, stage.epochs + 1):
        watcher.begin(f"epoch {epoch}", steps)
        loss = run_epoch(model, heads, data, stage.batch_size, optimiser, average, random, watcher)
        if not math.isfinite(loss):
            raise ConfigError(f"Training diverged in epoch {epoch}: the loss is {loss}; lower the learning_rate.")
        record = {"epoch": epoch, "loss": loss} | _measured(model, average, quality)
        history.append(record)
        watcher.note(_line(record))
        top = max(range(len(history)), key=lambda i: (history[i]["select"], -i)) + 1
        if top == epoch or not keep_best:
            best = average.state()
        if keep_best and epoch - top >= stage.patience:
            watcher.note(f"stopped: no better epoch since epoch {top}")
            break
    model.load_state_dict(best)
    return history


def run_epoch(
    model: Classifier,
    heads: Mapping[str, HeadConfig],
    data: Examples,
    size: int,
    optimiser: Optimiser,
    average: Average,
    random: np.random.Generator,
    watcher: Watcher,
) -> float:
    """One pass over the data; the mean loss of its batches."""
    model.train()
    losses = []
    for rows in batches(data.texts, size, random):
        output = model(*data.texts.batch(rows))
        targets = {name: torch.from_numpy(values[rows]) for name, values in data.targets.items()}
        weights = {name: torch.from_numpy(values[rows]) for name, values in data.weights.items()}
        loss = masked_loss(heads, output.logits, targets, weights)
        if model.config.attention_penalty:
            loss = loss + model.config.attention_penalty * output.penalty
        optimiser.step(loss)
        average.update(model)
        losses.append(float(loss.detach()))
        watcher.advance()
    return float(np.mean(losses))


def _measured(model: Classifier, average: Average, quality: Quality) -> dict[str, float]:
    """Measures of the averaged weights; the model's own are put back."""
    own = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    model.load_state_dict(average.state())
    measured = quality(model)
    model.load_state_dict(own)
    return measured


def _line(record: Mapping[str, Any]) -> str:
    cells = {name: f"{value:.4f}" if isinstance(value, float) else str(value) for name, value in record.items()}
    return "  ".join(f"{name} {cell}" for name, cell in cells.items())
