"""The files of a bundle and its `bundle.json`; nothing here needs torch.

bundle.json          this module's Description
weights.safetensors  parameters of the Classifier, float32 or float16
vocabulary.txt       see emotion.text.vocabulary
metrics.json         what was measured
README.md            model card
LICENSE              terms of the weights
context/             files of the contextual vectors, where the network reads any and the bundle holds them
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from emotion.errors import BundleError
from emotion.models.config import Felt, HeadConfig, ModelConfig, check_heads, felt_head, primary_head, profile_head
from emotion.text.encoder import Encoder
from emotion.text.rules import Rules
from emotion.text.vocabulary import Vocabulary
from emotion.wording import in_one_line

FORMAT: Literal["emotion bundle"] = "emotion bundle"
VERSION: Literal[1] = 1
BUNDLE, WEIGHTS, VOCABULARY, METRICS = "bundle.json", "weights.safetensors", "vocabulary.txt", "metrics.json"
CARD, LICENSE = "README.md", "LICENSE"
LARGEST = {BUNDLE: 4 << 20, VOCABULARY: 512 << 20, METRICS: 64 << 20, CARD: 4 << 20, LICENSE: 4 << 20}  # bytes

TRAINING_ONLY = {"embedding_dropout", "word_dropout", "dropout", "head_dropout", "attention_penalty", "weight_dropout"}


class Settings(BaseModel):
    """Everything of a bundle that is small: what its network is and how its outputs are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: ModelConfig
    heads: tuple[HeadConfig, ...]
    rules: Rules
    felt: Felt = Felt()
    ambiguity_margin: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    languages: tuple[str, ...] = ("en",)

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        check_heads(self.heads)
        felt_head(self.heads, self.felt)
        return self

    @property
    def label_sets(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Labels of the primary head and of the profile, which may have none."""
        profile = profile_head(self.heads)
        return tuple(primary_head(self.heads).labels), tuple(profile.labels) if profile else ()

    def deciding(self) -> dict[str, Any]:
        """The part that decides predictions, so without languages and what matters in training alone."""
        return self.model_dump(mode="json", exclude={"languages": True, "config": TRAINING_ONLY})


class Description(BaseModel):
    """The content of `bundle.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["emotion bundle"]
    version: Literal[1]
    id: str = Field(pattern="^[0-9a-f]{16}$")
    checksum: str = Field(pattern="^[0-9a-f]{64}$")
    settings: Settings


def read_description(path: Path) -> Description:
    """Read `bundle.json` of the bundle at `path`; BundleError where it is missing, damaged, foreign or newer."""
    if not path.is_dir():
        raise BundleError(f"{path} is no bundle: it is not a directory.")
    document = parse_json(path, BUNDLE)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BundleError(f'{path} is no bundle of emotion: {BUNDLE} does not say "format": "{FORMAT}".')
    version = document.get("version")
    if isinstance(version, int) and version > VERSION:
        raise BundleError(f"{path} has version {version}, newer than {VERSION}, which this emotion reads; upgrade it.")
    try:
        return Description.model_validate(document)
    except ValidationError as error:
        raise BundleError(f"{path / BUNDLE} is not what a bundle holds: {in_one_line(error, 'bundle')}.") from None


def read_encoder(path: Path) -> Encoder:
    """The bundle's texts-to-ids part alone, for workers without torch; unlike `Bundle.load` it verifies no checksum."""
    return Encoder(read_description(path).settings.rules, read_vocabulary(path))


def read_vocabulary(path: Path) -> Vocabulary:
    """Read the bundle's vocabulary."""
    check_size(path, VOCABULARY)
    return Vocabulary.load(path / VOCABULARY)


def read_metrics(path: Path) -> dict[str, Any]:
    """Read what was measured of the model."""
    metrics = parse_json(path, METRICS)
    if not isinstance(metrics, dict):
        raise BundleError(f"{path / METRICS} is damaged: not a JSON object.")
    return metrics


def mapping(value: Any) -> Mapping[str, Any]:
    """What stands in a bundle's metrics, where it is keys with values, else none: they may be anything's."""
    return value if isinstance(value, Mapping) else {}


def check_place(path: Path) -> None:
    """Refuse a place where a bundle cannot be put whole: it holds something else, or is a mount point."""
    if path.exists() and not (path / BUNDLE).is_file() and (not path.is_dir() or any(path.iterdir())):
        raise BundleError(f"{path} is not written: something that is no bundle is there.")
    if path.resolve().is_mount():  # Path() by itself looks like one
        raise BundleError(f"{path} is a mount point, which cannot be exchanged for another folder; name one in it.")


def parse_json(path: Path, name: str) -> Any:
    """Content of the bundle's JSON file `name`."""
    try:
        return json.loads(read_text(path, name))
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path / name} is damaged: not JSON ({str(error)[:200]}).") from None


def read_text(path: Path, name: str) -> str:
    """Content of the bundle's text file `name`."""
    check_size(path, name)
    try:
        return (path / name).read_bytes().decode()
    except UnicodeDecodeError as error:
        raise BundleError(f"{path / name} is damaged: not UTF-8 at byte {error.start}.") from None
    except OSError as error:
        raise BundleError(f"{path / name} cannot be read: {error.strerror}.") from None


def check_size(path: Path, name: str, largest: int | None = None) -> None:
    """Refuse the bundle's file `name` where it is missing, no plain file, or larger than such a file can be."""
    file, limit = path / name, LARGEST[name] if largest is None else largest
    if not file.is_file():
        raise BundleError(f"{path} is no whole bundle: {name} is missing.")
    if (size := file.stat().st_size) > limit:
        raise BundleError(f"{file} is refused: {size:,} bytes, at most {limit:,} are expected.")


def canonical(document: Any) -> bytes:
    """One spelling of a JSON document, for hashing."""
    return json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode()


def digest(parts: dict[str, bytes]) -> str:
    """sha256 over named parts, each with its length, so that bytes cannot move between them."""
    total = hashlib.sha256()
    for name, content in parts.items():
        total.update(f"{name} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()
