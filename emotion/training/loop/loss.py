"""The loss of several heads over one encoder, each row teaching only the heads that it has labels for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor
from torch.nn import functional as F

from emotion.models.config import HeadConfig, Share
from emotion.sets.labelled import Targets

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Exponent = Annotated[float, Field(ge=0, allow_inf_nan=False)]

TINY = 1e-8


class AsymmetricConfig(BaseModel):
    """Asymmetric loss (Ridnik et al. 2021): exponents of both sides, and the margin that easy negatives are shifted by.

    With p the probability of a label and m = max(p - margin, 0): -(1 - p)^positive log p where it is there, and
    -m^negative log(1 - m) where it is not (equations 6 and 7).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    positive: Exponent = 0.0
    negative: Exponent = 4.0
    margin: Share = 0.05


class LossConfig(BaseModel):
    """How a head's loss differs from plain cross-entropy.

    `smoothing` e mixes targets with the uniform distribution, (1 - e) y + e / K (Szegedy et al. 2016, section 7; K = 2
    for each label of a sigmoid or binary head). `weights` multiplies the loss of each label: given, or `balanced`
    (softmax and binary: rows / (K rows of the label), King and Zeng 2001; sigmoid: rows without the label / rows with
    it). `focal` is the exponent g of (1 - p)^g, which takes weight from what is easy (Lin et al. 2017, arXiv
    1708.02002). `asymmetric` is for sigmoid and binary heads.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    smoothing: Share = 0.0
    weights: Literal["balanced"] | dict[str, Positive] | None = None
    focal: Exponent = 0.0
    asymmetric: AsymmetricConfig | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.focal and self.asymmetric:
            raise ValueError("focal and asymmetric are two kinds of one thing; name one of them")
        return self


PLAIN = LossConfig()


@dataclass(frozen=True)
class HeadLoss:
    """One head with its kind of loss; `weights` (L,) multiplies that of each label."""

    head: HeadConfig
    config: LossConfig = PLAIN
    weights: Tensor | None = None

    def cells(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The part (B, L) of each label; a binary head has one, which speaks for the second of its targets (B, 2)."""
        if self.head.kind == "softmax":
            return self._softmax(logits, self._smoothed(targets, targets.shape[1]))
        if self.head.kind == "binary":
            targets = targets[:, 1:]
        targets = self._smoothed(targets, 2)
        if self.weights is None and not self.config.focal and self.config.asymmetric is None:
            return F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        return self._sigmoid(logits, targets)

    def rows(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss (B,) of each row: the sum over a softmax head's labels, the mean over others'."""
        cells = self.cells(logits, targets)
        return cells.sum(dim=-1) if self.head.kind == "softmax" else cells.mean(dim=-1)

    def _smoothed(self, targets: Tensor, ways: int) -> Tensor:
        share = self.config.smoothing
        return (1 - share) * targets + share / ways if share else targets

    def _softmax(self, logits: Tensor, targets: Tensor) -> Tensor:
        logs = F.log_softmax(logits, dim=-1)
        cells = -(targets * logs)
        if self.weights is not None:
            cells = cells * self.weights
        return cells * (1 - logs.exp()).clamp(min=TINY) ** self.config.focal if self.config.focal else cells

    def _sigmoid(self, logits: Tensor, targets: Tensor) -> Tensor:
        here, away = self._sides()
        yes, chance = F.logsigmoid(logits), logits.sigmoid()
        no = F.logsigmoid(-logits)
        up = down = self.config.focal
        if self.config.asymmetric is not None:
            up, down = self.config.asymmetric.positive, self.config.asymmetric.negative
            chance = (chance - self.config.asymmetric.margin).clamp(min=TINY)
            no = torch.log1p(-chance)
        there = targets * yes * here * _power(no_chance(logits), up)
        return -(there + (1 - targets) * no * away * _power(chance, down))

    def _sides(self) -> tuple[Tensor | float, Tensor | float]:
        """Weights of a label that is there and of one that is not."""
        if self.weights is None:
            return 1.0, 1.0
        return (self.weights[1], self.weights[0]) if self.head.kind == "binary" else (self.weights, 1.0)


def no_chance(logits: Tensor) -> Tensor:
    """1 - p, also where p is close to 1."""
    return (-logits).sigmoid()


def _power(base: Tensor, exponent: float) -> Tensor | float:
    return base.clamp(min=TINY) ** exponent if exponent else 1.0


def class_weights(head: HeadConfig, config: LossConfig, targets: Targets, weights: Targets) -> Tensor | None:
    """Weights (L,) of a head's labels, from the targets (N, L) and row or label weights of all it learns from."""
    if config.weights is None:
        return None
    if config.weights != "balanced":
        return torch.tensor([config.weights.get(label, 1.0) for label in head.labels])
    told = weights if weights.ndim == 2 else weights[:, None]
    there = (targets * told).sum(axis=0)
    every = np.broadcast_to(told, targets.shape).sum(axis=0)
    rest = every - there if head.kind == "sigmoid" else every / len(head.labels)
    return torch.from_numpy(np.where(there > 0, rest / np.maximum(there, TINY), 1).astype(np.float32))


def masked_loss(
    heads: Mapping[str, HeadConfig | HeadLoss],
    logits: Mapping[str, Tensor],
    targets: Mapping[str, Tensor],
    weights: Mapping[str, Tensor],
) -> Tensor:
    """Sum over heads of the weighted loss, averaged over the batch.

    A weight of 0 masks a row (B,), or one label of a row (B, L), for that head. All labels of all rows count alike: a
    row of which one label in L is known weighs an L-th of one that is known whole.
    """
    total = torch.zeros((), device=next(iter(logits.values())).device)
    for name, head in heads.items():
        loss = head if isinstance(head, HeadLoss) else HeadLoss(head)
        found = _masked(loss, logits[name], targets[name], weights[name])
        total = total if found is None else total + found / len(weights[name])
    return total


def _masked(loss: HeadLoss, logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor | None:
    """The weighted loss of a batch, summed over its rows; None where all of it is masked."""
    if weights.ndim == 2:
        return (loss.cells(logits, targets) * weights).mean(dim=-1).sum() if weights.any() else None
    rows = weights.nonzero().squeeze(1)
    return (loss.rows(logits[rows], targets[rows]) * weights[rows]).sum() if len(rows) else None
