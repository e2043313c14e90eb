"""A transformer encoder with pooling and one linear layer a head."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from emotion.models.config import HeadConfig
from emotion.models.encoded import Texts
from emotion.models.scores import probabilities
from emotion.sets.labelled import Targets
from emotion.training.hardware import Hardware
from emotion.training.teachers.recipe import Pooling
from emotion.training.teachers.tokens import TokenEncoder

if TYPE_CHECKING:
    from transformers import PreTrainedModel

SCORED = 64  # texts scored at a time, of like length

Network = Callable[[Tensor, Tensor], Mapping[str, Tensor]]
"""Ids (B, T) and mask (B, T) to logits (B, outputs) of each head."""


class Transformer(nn.Module):
    """Ids (B, T) and mask (B, T) to logits (B, outputs) of each head."""

    def __init__(
        self, encoder: "PreTrainedModel", heads: Sequence[HeadConfig], pooling: Pooling, dropout: float
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.names = [head.name for head in heads]
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleList(nn.Linear(encoder.config.hidden_size, head.logits) for head in heads)

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        states: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        pooled = self.dropout(states[:, 0] if self.pooling == "first" else _mean(states, mask))
        return {name: head(pooled) for name, head in zip(self.names, self.heads, strict=True)}


def _mean(states: Tensor, mask: Tensor) -> Tensor:
    """States (B, T, H) to their mean (B, H), padding left out."""
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(dim=1) / weights.sum(dim=1)


@torch.inference_mode()
def scores(
    network: Network, encoder: TokenEncoder, heads: Sequence[HeadConfig], texts: Texts, hardware: Hardware
) -> dict[str, Targets]:
    """Scores (N, L) by head of a network in eval mode, in the order of the texts."""
    order = np.argsort(texts.lengths, kind="stable")
    found = {head.name: np.empty((len(texts), len(head.labels)), np.float32) for head in heads}
    for start in range(0, len(order), SCORED):
        rows = order[start : start + SCORED]
        ids, mask = encoder.batch(texts, rows)
        with hardware.computing():
            logits = network(ids.to(hardware.device), mask.to(hardware.device))
        for head in heads:
            found[head.name][rows] = probabilities(head, logits[head.name]).cpu().numpy()
    return found
