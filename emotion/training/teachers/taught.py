"""A taught transformer and its directory: safetensors, JSON, the tokenizer's own files; nothing of it is code."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from emotion.errors import BundleError, ConfigError
from emotion.models.config import HeadConfig
from emotion.models.hub import empty_encoder, tokenizer_of
from emotion.sets.labelled import Targets
from emotion.stores.files import write_json, write_whole
from emotion.training.hardware import Hardware
from emotion.training.teachers.network import Transformer, scores
from emotion.training.teachers.recipe import Pooling
from emotion.training.teachers.text import TextConfig
from emotion.training.teachers.tokens import TokenEncoder

SETTINGS, WEIGHTS, METRICS = "teacher.json", "weights.safetensors", "metrics.json"
DECIDING = (SETTINGS, WEIGHTS, "config.json", "tokenizer.json", "tokenizer_config.json")


class Settings(BaseModel):
    """What `teacher.json` holds: all that decides scores beside weights, tokenizer and the encoder's sizes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["emotion-teacher"] = "emotion-teacher"
    version: Literal[1] = 1
    heads: tuple[HeadConfig, ...] = Field(min_length=1)
    text: TextConfig
    max_length: int = Field(ge=4, le=512)
    pooling: Pooling


class Taught:
    """A teacher that `emotion teach` made; its `id`, of all that decides scores, is known once it lies on disk."""

    def __init__(self, settings: Settings, model: Transformer, encoder: TokenEncoder, hardware: Hardware) -> None:
        self.settings, self.model, self.encoder, self.hardware = settings, model, encoder, hardware
        self.heads = settings.heads
        self.id = ""

    def scores(self, texts: Sequence[str]) -> dict[str, Targets]:
        """Scores (N, L) by head, in the order of the texts."""
        return scores(self.model.eval(), self.encoder, self.heads, self.encoder.encode(texts), self.hardware)

    def save(self, folder: Path, metrics: Mapping[str, Any], card: str, license: str) -> None:
        """Write the directory; `teacher.json` comes last, so that a folder without it is no teacher yet."""
        folder.mkdir(parents=True, exist_ok=True)
        self.model.encoder.config.save_pretrained(folder)
        self.encoder.tokenizer.save_pretrained(folder)
        weights = {name: weight.detach().cpu().contiguous() for name, weight in self._weights().items()}
        write_whole(folder / WEIGHTS, save(weights))  # save_file would leave it to its owner alone
        write_json(folder / METRICS, metrics)
        write_whole(folder / "README.md", card.encode())
        write_whole(folder / "LICENSE", license.encode())
        write_json(folder / SETTINGS, self.settings.model_dump(mode="json"))
        self.id = directory_id(folder, DECIDING)

    @classmethod
    def load(cls, folder: Path, hardware: Hardware) -> Self:
        """Read a directory that `save` wrote; what is wrong with it is one BundleError."""
        try:
            settings = Settings.model_validate(json.loads((folder / SETTINGS).read_bytes()))
            model = Transformer(empty_encoder(folder), settings.heads, settings.pooling, dropout=0.0)
            model.load_state_dict(load_file(folder / WEIGHTS))
        except (OSError, ValueError, SafetensorError, RuntimeError, ConfigError) as error:
            raise BundleError(f"{folder} is no teacher that can be used: {str(error)[:300]}") from None
        encoder = TokenEncoder(tokenizer_of(folder), settings.text, settings.max_length)
        taught = cls(settings, model.to(hardware.device), encoder, hardware)
        taught.id = directory_id(folder, DECIDING)
        return taught

    def _weights(self) -> Mapping[str, Any]:
        return self.model.state_dict()


def directory_id(folder: Path, names: Sequence[str]) -> str:
    """First 16 hex digits of the sha256 of these files, of those that are there."""
    found = hashlib.sha256()
    for name in names:
        if (folder / name).is_file():
            found.update(name.encode() + b"\0" + hashlib.sha256((folder / name).read_bytes()).digest())
    return found.hexdigest()[:16]
