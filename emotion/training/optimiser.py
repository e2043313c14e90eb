"""Optimisers, learning-rate schedule, gradient clipping and the running average of the weights."""

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from emotion.models.classifier import Classifier

EARLY = 100  # steps in which the average moves every time
EMA_EVERY = 4  # steps between updates of the average: the embedding is large, and four steps move it little


class OptimiserConfig(BaseModel):
    """Adam (Kingma and Ba 2015), for the embedding its sparse form, which touches only the words of the batch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    learning_rate: float = Field(default=1e-3, gt=0, allow_inf_nan=False)
    embedding_rate: float | None = Field(default=None, ge=0, allow_inf_nan=False)  # None: as learning_rate; 0: frozen
    schedule: Literal["linear", "constant"] = "linear"  # linear: down to a twentieth at the stage's last step
    clip: float = Field(default=1.0, gt=0, allow_inf_nan=False)  # norm of the gradient of all but the embedding
    ema: float = Field(default=0.995, ge=0, lt=1)  # decay of the average a step; 0 for none


class Optimiser:
    """Both optimisers of a classifier behind one `step`."""

    def __init__(self, model: Classifier, config: OptimiserConfig, steps: int) -> None:
        embedding = model.embedding.weight
        rate = config.learning_rate if config.embedding_rate is None else config.embedding_rate
        embedding.requires_grad_(rate > 0)
        model.embedding.sparse = True
        self.config = config
        self.total = steps
        self.dense = [weight for weight in model.parameters() if weight is not embedding]
        self.steps = [torch.optim.Adam(self.dense, lr=config.learning_rate)] + (
            [torch.optim.SparseAdam([embedding], lr=rate)] if rate > 0 else []
        )
        self.schedules = [torch.optim.lr_scheduler.LambdaLR(step, self._factor) for step in self.steps]

    def step(self, loss: Tensor) -> None:
        """One update against the gradient of the loss."""
        for optimiser in self.steps:
            optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.dense, self.config.clip)
        for optimiser, schedule in zip(self.steps, self.schedules, strict=True):
            optimiser.step()  # type: ignore[no-untyped-call]
            schedule.step()

    def _factor(self, step: int) -> float:
        if self.config.schedule == "constant":
            return 1.0
        return max(1 - step / self.total, 0.05)


class Average:
    """Exponential moving average of a model's weights, which is what is measured and kept."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.seen = 0
        self.weights = {name: weight.detach().clone() for name, weight in model.named_parameters()}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Count one step and move the average; early on it follows faster, later it moves every `EMA_EVERY` steps."""
        self.seen += 1
        steps = 1 if self.seen <= EARLY else EMA_EVERY
        if self.seen % steps:
            return
        decay = min(self.decay, self.seen / (self.seen + 10)) ** steps
        for name, weight in model.named_parameters():
            self.weights[name].lerp_(weight, 1 - decay)

    @torch.no_grad()
    def state(self) -> dict[str, Tensor]:
        """A copy of the averaged weights by name."""
        return {name: weight.clone() for name, weight in self.weights.items()}
