"""The network: embedded words, recurrent states, pooling, and one linear head for each set of labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from emotion.models.attention import SelfAttention, penalty
from emotion.models.config import HeadConfig, ModelConfig, Pooling, check_heads
from emotion.models.context.mix import ScalarMix
from emotion.models.recurrent import Recurrent
from emotion.text.vocabulary import PAD, UNKNOWN


@dataclass(frozen=True, slots=True)
class Output:
    """Logits (B, labels) by head (a binary head has one), and attention weights (B, r, T) where there is attention."""

    logits: dict[str, Tensor]
    attention: Tensor | None

    @property
    def penalty(self) -> Tensor:
        """Redundancy of the attention hops, see `emotion.models.attention.penalty`; 0 without attention."""
        if self.attention is None:
            return torch.zeros((), device=next(iter(self.logits.values())).device)
        return penalty(self.attention)


class Classifier(nn.Module):
    """One encoder under several heads.

    `vectors` (vocabulary_size, D) start the embedding, whose row of padding stays zero. For sparse gradients of the
    embedding set `classifier.embedding.sparse = True`. With contextual vectors (`config.context`), layers of these are
    given beside the ids, and a scalar mix of them stands beside the embedding.
    """

    def __init__(
        self, config: ModelConfig, heads: Sequence[HeadConfig], vocabulary_size: int, vectors: Tensor | None = None
    ) -> None:
        super().__init__()
        check_heads(heads)
        self.config = config
        self.names = tuple(head.name for head in heads)
        start = _start((vocabulary_size, config.embedding_dim), vectors)
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_dim, padding_idx=PAD, _weight=start)
        self.mix = ScalarMix(len(config.context.layers)) if config.context else None
        self.tuned: nn.Module | None = None
        self.embedding_dropout = nn.Dropout(config.embedding_dropout)
        self.recurrent = Recurrent(config)
        width = self.recurrent.width
        has_attention = "attention" in config.pooling
        self.attention = SelfAttention(width, config.attention_dim, config.attention_hops) if has_attention else None
        self.pooled = sum(self.width_of(way) for way in config.pooling)
        self.dense = nn.Linear(self.pooled, config.dense) if config.dense else None
        self.head_dropout = nn.Dropout(config.head_dropout)
        self.heads = nn.ModuleList(nn.Linear(config.dense or self.pooled, head.logits) for head in heads)

    def tune(self, module: nn.Module) -> None:
        """Take what makes the contextual vectors in, so that its weights (`tuned.…`) are trained with all others."""
        self.tuned = module.requires_grad_(True)

    def forward(self, ids: Tensor, lengths: Tensor, context: Tensor | None = None) -> Output:
        """Read ids (B, T), padded with 0 on the right; lengths (B,) are at least 1; context is (B, T, L, W)."""
        words = self.embedding_dropout(self.embed(self._drop_words(ids).t(), context))  # (T, B, D + W)
        return self.read(self.recurrent(words, lengths), lengths)

    def embed(self, ids: Tensor, context: Tensor | None) -> Tensor:
        """What the recurrent layers read of ids (T, B) and layers (B, T, L, W): (T, B, D + W)."""
        words: Tensor = self.embedding(ids)
        if self.mix is None or context is None:
            return words
        mixed = self.mix(context.to(self.mix.gamma.dtype)).transpose(0, 1)
        return torch.cat((words, mixed), dim=-1)

    def read(self, states: Tensor, lengths: Tensor) -> Output:
        """What the heads say of recurrent states (T, B, width)."""
        mask = torch.arange(len(states), device=states.device).unsqueeze(1) < lengths  # (T, B)
        attention = None if self.attention is None else self.attention(states, mask)
        pooled = [self.pool(way, states, lengths, attention) for way in self.config.pooling]
        return self.judge(torch.cat(pooled, dim=-1), attention)

    def pool(self, way: Pooling, states: Tensor, lengths: Tensor, attention: Tensor | None = None) -> Tensor:
        """States (T, B, width) of the words of each text made one row: (B, `width_of` this way)."""
        if way == "last":
            return self.recurrent.last(states, lengths)
        if way == "attention":
            assert attention is not None
            return (attention @ states.transpose(0, 1)).flatten(1)
        padding = (torch.arange(len(states), device=states.device).unsqueeze(1) >= lengths).unsqueeze(-1)
        if way == "mean":
            return states.masked_fill(padding, 0).sum(dim=0) / lengths.unsqueeze(1)
        return states.masked_fill(padding, -torch.inf).amax(dim=0)

    def width_of(self, way: Pooling) -> int:
        """Features that this way of pooling gives."""
        return self.recurrent.width * (self.config.attention_hops if way == "attention" else 1)

    def judge(self, features: Tensor, attention: Tensor | None) -> Output:
        """What the heads say of pooled features (B, pooled)."""
        features = self.head_dropout(features)
        if self.dense is not None:
            features = self.head_dropout(torch.relu(self.dense(features)))
        logits = {name: head(features) for name, head in zip(self.names, self.heads, strict=True)}
        return Output(logits, attention)

    def _drop_words(self, ids: Tensor) -> Tensor:
        if not self.training or self.config.word_dropout == 0:
            return ids
        dropped = torch.rand(ids.shape, device=ids.device) < self.config.word_dropout
        return ids.masked_fill(dropped & (ids != PAD), UNKNOWN)


def _start(shape: tuple[int, int], vectors: Tensor | None) -> Tensor:
    """First values of an embedding: a copy of the vectors, or normal noise; padding is zero."""
    values = torch.randn(shape) if vectors is None else vectors.detach().clone()
    if values.shape != shape:
        raise ValueError(f"vectors are {tuple(values.shape)}, the embedding {shape}")
    values[PAD] = 0
    return values
