"""What makes contextual vectors, and where a model has it from."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from emotion.errors import BundleError, ConfigError
from emotion.models.context.config import PLACES, ContextConfig, Kind

FOLDER = "context"  # within a bundle
Files = tuple[Path, Path]
_OPTIONS, _WEIGHTS = "options.json", "weights.hdf5"  # how the official names end
WHERE = {
    "elmo": "ELMo's options (..._options.json) and weights (..._weights.hdf5) are published by AllenNLP, and often lie "
    "in the folder .allennlp of people who have used them",
    "transformer": "A transformer is a folder with config.json, model.safetensors and tokenizer.json",
}


class Contextual(Protocol):
    """Texts, as lists of words, to layers of vectors."""

    config: ContextConfig
    carries: bool

    def __call__(self, texts: Sequence[Sequence[str]]) -> Tensor:
        """Layers (B, T, L, W) of texts, none of them empty; zero at padding."""

    def to(self, device: torch.device) -> Self:
        """The same on that device; where it is on another, that one stays as it is."""

    def pack(self, folder: Path) -> None:
        """Write what `opened` reads."""


class Trainable(Contextual, Protocol):
    """One whose weights may move with the network above it: those of `module`, in its train mode."""

    @property
    def module(self) -> nn.Module: ...

    def seal(self) -> None:
        """Make `config` that of the weights as they are now."""

    def copy(self) -> Self:
        """Another one, as this is now: what becomes of the one does not touch the other."""


class ContextSource(Protocol):
    """Where a bundle's contextual vectors come from; `packed`: the bundle holds the files."""

    @property
    def packed(self) -> bool: ...

    def open(self, device: torch.device) -> Contextual:
        """Ready to use."""

    def pack(self, folder: Path) -> None:
        """Write the files into a bundle's folder, where it is to hold them."""


@dataclass(frozen=True)
class Open:
    """Vectors that are at work already, as in training; the bundle holds them where `packed`.

    `trained` is the same once more where its weights move with the network.
    """

    contextual: Contextual
    packed: bool
    trained: Trainable | None = None

    def open(self, device: torch.device) -> Contextual:
        return self.contextual.to(device)

    def pack(self, folder: Path) -> None:
        if self.packed:
            self.contextual.pack(folder)

    def apart(self) -> Self:
        """The same, with weights of its own where they move."""
        if self.trained is None:
            return self
        own = self.trained.copy()
        return replace(self, contextual=own, trained=own)


@dataclass(frozen=True)
class Stored:
    """Vectors of a bundle on disk, read when they are needed: in its folder, or in one that `EMOTION_CONTEXT` names."""

    bundle: Path
    config: ContextConfig

    @property
    def packed(self) -> bool:
        return (self.bundle / FOLDER).is_dir()

    def look(self) -> None:
        """Refuse before anything is read where the files are in none of the places."""
        if not self.packed and not any(found_in(place, self.config.kind) for place in _places()):
            raise self._missing([])

    def open(self, device: torch.device) -> Contextual:
        """Ready to use.

        Raises:
            BundleError: the files are damaged, or are in none of the places.
        """
        if self.packed:
            return self._checked(self.bundle / FOLDER, device)
        others = []
        for place in _places():
            for files in found_in(place, self.config.kind):
                try:
                    found = opened(files, self.config, device)
                except (BundleError, ConfigError) as error:
                    others.append(str(error).rstrip("."))
                    continue
                if found.config.digest == self.config.digest:
                    return found
                others.append(f"{files[0]} (others: {found.config.digest[:16]})")
        raise self._missing(others)

    def pack(self, folder: Path) -> None:
        if self.packed:
            self.open(torch.device("cpu")).pack(folder)

    def _missing(self, others: list[str]) -> BundleError:
        tried = _places()
        looked = f"looked in {', '.join(others or map(str, tried))}" if tried else f"{PLACES} names no folder"
        return BundleError(
            f"{self.bundle} needs the {self.config.kind} of sha256 {self.config.digest[:16]}, which it does not hold; "
            f"{looked}. {WHERE[self.config.kind]}. Name the folder that holds them: {PLACES}=FOLDER."
        )

    def _checked(self, place: Path, device: torch.device) -> Contextual:
        files = found_in(place, self.config.kind)
        found = opened(files[0], self.config, device) if files else None
        if found is None or found.config != self.config:
            raise BundleError(
                f"{place} is damaged: it does not hold the {self.config.kind} that the bundle was made with."
            )
        return found


def same_device(one: torch.device, other: torch.device) -> bool:
    """Whether both are one, a GPU without a number being whichever is at work."""
    return one.type == other.type and (one.index == other.index or None in (one.index, other.index))


def opened(files: Files, config: ContextConfig, device: torch.device) -> Contextual:
    """Vectors from these files, of the layers of `config`.

    Raises:
        BundleError: they are damaged, or have no such layers.
        ConfigError: a transformer's files are.
    """
    try:
        if config.kind == "transformer":
            from emotion.models.transformer import TransformerContext

            return TransformerContext(files[0].parent, config.layers, device)
        from emotion.models.elmo.encoder import Elmo

        if files[1].suffix == ".hdf5":
            return Elmo.from_files(*files, config.layers, device)
        return Elmo.from_packed(files[0].parent, config.layers, device)
    except ValidationError:
        raise BundleError(f"{files[0]} is of another {config.kind}: it has no layer {config.layers[-1]}.") from None


def found_in(place: Path, kind: Kind) -> list[Files]:
    """The two files that vectors of the kind are told by, of each that lies in a folder.

    Of several ELMos under their official names, those belong together whose names begin alike.
    """
    from emotion.models.elmo.arrays import OPTIONS, WEIGHTS

    names = (OPTIONS, WEIGHTS) if kind == "elmo" else ("config.json", "tokenizer.json")
    named = place / names[0], place / names[1]
    if all(path.is_file() for path in named):
        return [named]
    if kind == "transformer":
        return []
    options, weights = (sorted(place.glob(f"*{end}")) for end in (_OPTIONS, _WEIGHTS))
    if len(options) == len(weights) == 1:
        return [(options[0], weights[0])]
    pairs = ((path, path.with_name(path.name.removesuffix(_OPTIONS) + _WEIGHTS)) for path in options)
    return [pair for pair in pairs if pair[1] in weights]


def _places() -> list[Path]:
    return [Path(place).expanduser() for place in os.environ.get(PLACES, "").split(os.pathsep) if place]
