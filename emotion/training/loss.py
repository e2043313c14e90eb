"""The loss of several heads over one encoder, each row teaching only the heads that it has labels for."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from emotion.models.config import HeadConfig


def head_loss(head: HeadConfig, logits: Tensor, targets: Tensor) -> Tensor:
    """Loss of each row (B,): cross-entropy against soft targets (B, L) that sum to 1, or the mean of binary ones."""
    if head.kind == "softmax":
        return -(targets * F.log_softmax(logits, dim=-1)).sum(dim=-1)
    if head.kind == "binary":
        targets = targets[:, 1:]
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=-1)


def masked_loss(
    heads: Mapping[str, HeadConfig],
    logits: Mapping[str, Tensor],
    targets: Mapping[str, Tensor],
    weights: Mapping[str, Tensor],
) -> Tensor:
    """Sum over heads of the weighted loss, averaged over the batch; a weight of 0 (B,) masks a row for that head."""
    total = torch.zeros(())
    for name, head in heads.items():
        rows = weights[name].nonzero().squeeze(1)
        if len(rows):
            losses = head_loss(head, logits[name][rows], targets[name][rows])
            total = total + (losses * weights[name][rows]).sum() / len(weights[name])
    return total
