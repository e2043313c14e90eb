"""Texts to predictions: the one piece that batch, HTTP and command line share."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Literal, Self

import numpy as np
import torch
from torch import Tensor

from emotion.errors import UsageError
from emotion.models.batches import Batches, ranges, repeat, starts_of
from emotion.models.bundle import Bundle
from emotion.models.classifier import Output
from emotion.models.registry import resolve
from emotion.models.scan.classifier import ScanClassifier
from emotion.models.scores import Reading
from emotion.prediction import Floats, Ints, Predictions
from emotion.text.encoder import Encoded
from emotion.text.vocabulary import UNKNOWN

Device = Literal["cpu", "cuda", "auto"]
Engine = Literal["exact", "fast"]

LIMITS = {"cpu": (512, 16_384), "cuda": (8_192, 262_144)}  # of a batch: most texts, most words with padding
LIMITS_WITH_CONTEXT = {"cpu": (512, 8_192), "cuda": (2_048, 65_536)}  # layers of vectors are large


class Predictor:
    """A bundle ready to predict.

    `exact` computes in float32, and a text's scores are equal within 1e-5 whatever its batch; `fast` multiplies in
    bfloat16 on CPU and computes in float16 on GPU. On CPU compiled kernels do it, unless they are not there or
    `compiled` is False (`emotion.models.scan`). How many threads torch uses is the caller's business.
    """

    def __init__(self, bundle: Bundle, device: Device = "cpu", engine: Engine = "exact", compiled: bool = True) -> None:
        if engine not in ("exact", "fast"):
            raise UsageError(f"The engine {engine!r} is none of exact, fast.")
        self.bundle = bundle
        self.engine: Engine = engine
        self.device = _device(device)
        self._encoder = bundle.encoder()
        self._reading = Reading(bundle.settings)
        self._network = _network(bundle, self.device, engine, compiled)
        self.contextual = None if bundle.context is None else bundle.context.open(self.device)

    @classmethod
    def load(cls, model: str | Path | None = None, device: Device = "cpu", engine: Engine = "exact") -> Self:
        """Load what `--model` may name; without a name, the shipped bundle."""
        return cls(Bundle.load(resolve(model)), device, engine)

    def __call__(self, texts: Sequence[str], *, explain: bool = False) -> Predictions:
        """Predict any number of texts, in their order; `explain` adds the place of each word in the raw text."""
        return self.predict_encoded(self.encode(texts, spans=explain))

    def encode(self, texts: Sequence[str], spans: bool = False) -> Encoded:
        """Ids of the texts; one that repeats is cleaned once."""
        numbers: dict[str, int] = {}
        inverse = [numbers.setdefault(text, len(numbers)) for text in texts]
        encoded = self._encoder.encode(list(numbers), spans)
        return encoded if len(numbers) == len(texts) else repeat(encoded, np.array(inverse, np.int64))

    def predict_encoded(self, encoded: Encoded) -> Predictions:
        """Predict what an encoder of the same bundle made, here or elsewhere; equal texts are computed once."""
        lengths = np.diff(encoded.offsets)
        reads_words = self.contextual is not None
        limits = (LIMITS_WITH_CONTEXT if reads_words else LIMITS)[self.device.type]
        batches = Batches(encoded, *limits, self.device, by_words=reads_words)
        logits, weights = self._compute(batches)
        places = torch.from_numpy(batches.places)
        read = self._reading({name: rows[places] for name, rows in logits.items()})
        return Predictions(
            labels=self._reading.labels,
            profile_labels=self._reading.profile_labels,
            scores=read.scores,
            profile=read.profile,
            emotions=read.emotions,
            ambiguous=read.ambiguous,
            felt=read.felt & (lengths > 0),
            unknown=_unknown(encoded, lengths),
            words=encoded.words,
            offsets=encoded.offsets,
            model=self.bundle.id,
            engine=self.engine,
            attention=None if weights is None else weights[ranges(starts_of(batches.lengths)[batches.places], lengths)],
            spans=encoded.spans,
        )

    @torch.inference_mode()
    def _compute(self, batches: Batches) -> tuple[dict[str, Tensor], Floats | None]:
        """Logits (U, outputs) of each head and attention of all words, of the batches put together."""
        logits = {head.name: [torch.empty(0, head.logits, device=self.device)] for head in self.bundle.heads}
        attention = [torch.empty(0, device=self.device)]
        if isinstance(self._network, ScanClassifier):
            self._network.expect(int(batches.lengths.sum()))
        with self._precision():
            for rows, ids, lengths in batches:
                context = [] if self.contextual is None else [self.contextual(batches.words(rows))]
                output = self._network(ids, lengths, *context)
                for name, found in output.logits.items():
                    logits[name].append(found.float())
                if output.attention is not None:
                    attention.append(_weights(output.attention, batches.lengths[rows]))
        together = {name: torch.cat(found).cpu() for name, found in logits.items()}
        attends = "attention" in self.bundle.config.pooling
        return together, torch.cat(attention).cpu().numpy() if attends else None

    def _precision(self) -> AbstractContextManager[object]:
        if self.device.type == "cpu":
            return nullcontext()
        if self.engine == "fast":
            return torch.autocast("cuda", torch.float16)
        return torch.backends.cudnn.flags(enabled=True, allow_tf32=False)


def _network(bundle: Bundle, device: torch.device, engine: Engine, compiled: bool) -> Callable[..., Output]:
    if device.type == "cuda":
        return bundle.classifier().to(device)
    return ScanClassifier(bundle.classifier(), half=engine == "fast", compiled=compiled)


def _device(name: Device) -> torch.device:
    if name not in ("cpu", "cuda", "auto"):
        raise UsageError(f"The device {name!r} is none of cpu, cuda, auto.")
    has_gpu = name != "cpu" and torch.cuda.is_available()
    if name == "cuda" and not has_gpu:
        raise UsageError("The device 'cuda' was asked for, but torch finds no GPU; use cpu or auto.")
    return torch.device("cuda" if has_gpu else "cpu")


def _weights(attention: Tensor, lengths: Ints) -> Tensor:
    """Mean over hops of attention (B, r, T), of each word in turn, padding left out."""
    mean = attention.float().mean(dim=1)
    words = ranges(np.arange(len(lengths)) * mean.shape[1], lengths)
    return mean.flatten()[torch.from_numpy(words).to(mean.device)]


def _unknown(encoded: Encoded, lengths: Ints) -> Floats:
    """Share of words outside the vocabulary; 1 for a text without words."""
    total = np.concatenate(([0], np.cumsum(encoded.ids == UNKNOWN)))
    found = total[encoded.offsets[1:]] - total[encoded.offsets[:-1]]
    return np.where(lengths > 0, found / np.maximum(lengths, 1), 1).astype(np.float32)
