"""What the tests of models share: small configurations, random bundles, padded batches."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emotion.models.bundle import Bundle, weights_of
from emotion.models.classifier import Classifier
from emotion.models.config import Felt, HeadConfig, ModelConfig
from emotion.text.encoder import Encoded
from emotion.text.rules import Rules
from emotion.text.vocabulary import Vocabulary

EMOTIONS = HeadConfig(name="emotion", kind="softmax", labels=("joy", "anger", "fear"), primary=True)
PROFILE = HeadConfig(name="profile", kind="sigmoid", labels=("joy", "trust"), thresholds=(0.5, 0.4))
HEADS = (EMOTIONS, PROFILE)
WORDS = ("good", "bad", "day", "sun", "rain", "happy", "sad", "never", "again", "!", "#", "news")


def config(**changes: Any) -> ModelConfig:
    """A small model: 5 numbers a word, 4 units a direction."""
    small = {"embedding_dim": 5, "hidden": 4, "attention_dim": 3, "attention_hops": 2}
    return ModelConfig.model_validate(small | changes)


def bundle(model: ModelConfig | None = None, heads: Sequence[HeadConfig] = HEADS, seed: int = 0, **more: Any) -> Bundle:
    """A bundle of random weights, large enough that texts differ clearly."""
    torch.manual_seed(seed)
    model = model or config()
    vocabulary = Vocabulary.build([WORDS])
    classifier = Classifier(model, heads, len(vocabulary))
    with torch.no_grad():
        for parameter in classifier.parameters():
            parameter.mul_(2)
    settings: dict[str, Any] = {"felt": Felt(threshold=0.5), "ambiguity_margin": 0.1}
    settings |= {"metrics": {"accuracy": 0.5}, "card": "# Card\n", "license": "Terms.\n"}
    return Bundle(model, tuple(heads), Rules(), vocabulary, weights_of(classifier), **(settings | more))


def texts(count: int, seed: int = 0, longest: int = 30) -> list[str]:
    """Texts of known and unknown words, of very different lengths."""
    random = np.random.default_rng(seed)
    words = [*WORDS, "whatever", "else"]
    return [" ".join(random.choice(words, random.integers(1, longest + 1))) for _ in range(count)]


def padded(sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids (B, T) padded with 0, and lengths (B,)."""
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    ids = torch.zeros(len(sequences), int(lengths.max()), dtype=torch.long)
    for row, sequence in zip(ids, sequences, strict=True):
        row[: len(sequence)] = torch.tensor(sequence)
    return ids, lengths


def encoded(sequences: Sequence[Sequence[int]]) -> Encoded:
    """Id sequences as an encoder would give them."""
    offsets = np.cumsum([0, *map(len, sequences)]).astype(np.int64)
    ids = np.array([number for sequence in sequences for number in sequence], np.int32)
    return Encoded(ids, offsets, [f"w{number}" for number in ids], None)
