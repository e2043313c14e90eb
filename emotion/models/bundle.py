"""A model as one directory that can be copied, checked and trusted; `emotion.models.description` names its files."""

import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors import torch as safetensors
from torch import Tensor

from emotion.errors import BundleError
from emotion.models import description as files
from emotion.models.classifier import Classifier
from emotion.models.config import Felt, HeadConfig, ModelConfig
from emotion.models.context.contextual import FOLDER, ContextSource, Stored
from emotion.models.description import Description, Settings
from emotion.text.encoder import Encoder
from emotion.text.rules import Rules
from emotion.text.vocabulary import Vocabulary
from emotion.wording import in_one_line

_DTYPES = (torch.float32, torch.float16)
_HEADER_BYTES = 1 << 20  # room for names and shapes in a safetensors file


@dataclass(frozen=True, eq=False)
class Bundle:
    """A network with all that decides and describes its predictions.

    `weights` are the classifier's parameters as they lie on disk, float32 or float16 (see `weights_of`); they compute
    in float32. `context` makes the contextual vectors, where the network reads any. What does not fit together is a
    BundleError when the bundle is made.
    """

    config: ModelConfig
    heads: tuple[HeadConfig, ...]
    rules: Rules
    vocabulary: Vocabulary
    weights: Mapping[str, Tensor]
    felt: Felt = field(default_factory=Felt)
    ambiguity_margin: float = 0.0
    languages: tuple[str, ...] = ("en",)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    card: str = ""
    license: str = ""
    context: ContextSource | None = None

    def __post_init__(self) -> None:
        self.settings  # noqa: B018  (checks)
        if (self.context is None) != (self.config.context is None):
            raise BundleError("Settings and contextual vectors do not fit each other: one has them, the other not.")
        try:
            metrics = json.loads(json.dumps(dict(self.metrics), allow_nan=False))
        except ValueError as error:
            raise BundleError(f"The metrics of the bundle are not what JSON holds: {error}.") from None
        object.__setattr__(self, "metrics", metrics)
        _check_weights(self.weights, _shapes(self.config, self.heads, len(self.vocabulary)))

    @cached_property
    def settings(self) -> Settings:
        """The part that `bundle.json` holds."""
        try:
            return Settings(
                config=self.config,
                heads=self.heads,
                rules=self.rules,
                felt=self.felt,
                ambiguity_margin=self.ambiguity_margin,
                languages=self.languages,
            )
        except ValidationError as error:
            raise BundleError(f"The bundle cannot be made: {in_one_line(error, 'bundle')}.") from None

    @cached_property
    def id(self) -> str:
        """First 16 hex digits of the sha256 of all that decides a prediction."""
        words = "".join(f"{word}\t{count}\n" for word, count in self.vocabulary.counts.items()).encode()
        parts = {"settings": files.canonical(self.settings.deciding()), "vocabulary": words}
        for name, weight in sorted(self.weights.items()):
            parts[f"{name} {weight.dtype} {tuple(weight.shape)}"] = weight.detach().cpu().contiguous().numpy().tobytes()
        return files.digest(parts)[:16]

    @cached_property
    def checksum(self) -> str:
        """sha256 of what the id leaves out: metrics, card, licence, languages and settings of training."""
        parts = {"settings": files.canonical(self.settings.model_dump(mode="json"))}
        parts |= {files.METRICS: files.canonical(self.metrics)}
        return files.digest(parts | {files.CARD: self.card.encode(), files.LICENSE: self.license.encode()})

    def classifier(self) -> Classifier:
        """The network in float32, in eval mode."""
        classifier = _empty(self.config, self.heads, len(self.vocabulary))
        classifier.load_state_dict({name: weight.float() for name, weight in self.weights.items()}, assign=True)
        return classifier.eval()

    def encoder(self) -> Encoder:
        """Texts to this model's ids."""
        return Encoder(self.rules, self.vocabulary)

    def save(self, path: Path) -> None:
        """Write the directory, whole or not at all; a bundle already there is replaced, anything else refused.

        Pages and numbers that were put beside the same model stay with it.
        """
        path = path.resolve()  # `.` has no name, and what a link leads to is what is replaced
        files.check_place(path)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
        fresh.mkdir(parents=True)
        try:
            self._write(fresh)
            if _is_of(path, self.id):
                _take_along(path, fresh)
            _swap(fresh, path)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and verify a bundle; whatever is wrong with it is one BundleError."""
        described = files.read_description(path)
        parts = dict(described.settings)
        vocabulary = files.read_vocabulary(path)
        weights = _read_weights(path, _shapes(parts["config"], parts["heads"], len(vocabulary)))
        bundle = cls(
            **parts,
            vocabulary=vocabulary,
            weights=weights,
            metrics=files.read_metrics(path),
            card=files.read_text(path, files.CARD),
            license=files.read_text(path, files.LICENSE),
            context=None if parts["config"].context is None else Stored(path, parts["config"].context),
        )
        bundle._verify(path, described)
        return bundle

    def _verify(self, path: Path, described: Description) -> None:
        if self.id != described.id:
            raise BundleError(
                f"{path} is damaged: its weights, vocabulary or settings are not those of model {described.id}."
            )
        if self.checksum != described.checksum:
            raise BundleError(f"{path} is damaged: its metrics, card, licence or languages were changed.")

    def _write(self, path: Path) -> None:
        described = Description(
            format=files.FORMAT, version=files.VERSION, id=self.id, checksum=self.checksum, settings=self.settings
        )
        _write_json(path / files.BUNDLE, described.model_dump(mode="json"))
        _write_json(path / files.METRICS, self.metrics)
        self.vocabulary.save(path / files.VOCABULARY)
        weights = {name: weight.contiguous() for name, weight in self.weights.items()}
        (path / files.WEIGHTS).write_bytes(safetensors.save(weights))  # save_file would leave it to its owner alone
        (path / files.CARD).write_bytes(self.card.encode())
        (path / files.LICENSE).write_bytes(self.license.encode())
        if self.context is not None:
            self.context.pack(path / FOLDER)


def weights_of(classifier: Classifier, half: bool = False) -> dict[str, Tensor]:
    """A copy of a classifier's parameters for a `Bundle`, in float16 where `half`."""
    dtype = torch.float16 if half else torch.float32
    return {name: weight.detach().to("cpu", dtype, copy=True) for name, weight in classifier.state_dict().items()}


def _empty(config: ModelConfig, heads: tuple[HeadConfig, ...], vocabulary_size: int) -> Classifier:
    """A classifier of parameters that have shapes but neither numbers nor memory."""
    with torch.device("meta"):
        # Given vectors, no noise is drawn, for which torch would import its compiler: twice the time of a start.
        return Classifier(config, heads, vocabulary_size, torch.empty(vocabulary_size, config.embedding_dim))


def _shapes(config: ModelConfig, heads: tuple[HeadConfig, ...], vocabulary_size: int) -> dict[str, tuple[int, ...]]:
    classifier = _empty(config, heads, vocabulary_size)
    return {name: tuple(weight.shape) for name, weight in classifier.state_dict().items()}


def _check_weights(weights: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]]) -> None:
    wrong = sorted(weights.keys() ^ shapes.keys())
    wrong += sorted(name for name in weights.keys() & shapes.keys() if tuple(weights[name].shape) != shapes[name])
    if wrong:
        raise BundleError(f"Weights and settings do not fit each other: see {', '.join(wrong[:3])}.")
    for name, weight in weights.items():
        if weight.dtype not in _DTYPES:
            raise BundleError(f"The weights {name} are {weight.dtype}; a bundle holds float32 or float16.")
        if weight.numel() and not torch.stack(weight.aminmax()).isfinite().all():  # nan is passed on by both
            raise BundleError(f"The weights {name} hold numbers that are not finite.")


def _read_weights(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Read no more bytes than weights of these shapes can need."""
    numbers = sum(torch.Size(shape).numel() for shape in shapes.values())
    files.check_size(path, files.WEIGHTS, largest=4 * numbers + _HEADER_BYTES)
    try:
        weights = safetensors.load((path / files.WEIGHTS).read_bytes())
        _check_weights(weights, shapes)
    except (SafetensorError, ValueError, KeyError, OSError, BundleError) as error:
        raise BundleError(f"{path / files.WEIGHTS} is damaged: {str(error)[:200]}") from None
    return weights


def _write_json(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _is_of(path: Path, id: str) -> bool:
    try:
        return files.read_description(path).id == id
    except BundleError:
        return False


def _take_along(path: Path, fresh: Path) -> None:
    """What lies in the one folder and not in the other."""

    def there(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if (fresh / Path(folder).relative_to(path) / name).exists()]

    shutil.copytree(path, fresh, ignore=there, dirs_exist_ok=True)


def _swap(fresh: Path, path: Path) -> None:
    """Put `fresh` where `path` is."""
    old = path.with_name(f".{path.name}.{secrets.token_hex(8)}.old")
    if path.exists():
        path.rename(old)
    fresh.rename(path)
    shutil.rmtree(old, ignore_errors=True)
