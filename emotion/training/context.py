"""Contextual vectors of a recipe: which files they come from, and how many of their layers are mixed."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, model_validator

from emotion.errors import BundleError, ConfigError
from emotion.models.bundle import Bundle
from emotion.models.context.config import ContextConfig, Kind, Layer
from emotion.models.context.contextual import WHERE, Contextual, Open
from emotion.models.elmo.encoder import Elmo
from emotion.models.elmo.options import read_options

if TYPE_CHECKING:
    from emotion.training.recipe import Recipe


CPU = torch.device("cpu")


class ContextRecipe(BaseModel):
    """The key `context` of a recipe; paths are relative to the data root.

    An ELMo is its `options` and `weights`; a transformer a folder in `path` (or `package:NAME`), `trained` with the
    network or frozen. `layers` are mixed by learnt weights: all of them, the top one alone, or those numbered, 0 being
    the words by themselves. With `pack` the bundle holds the files; else whoever uses it names where they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    options: str | None = None
    weights: str | None = None
    path: str | None = None
    trained: bool = False
    layers: Literal["all", "top"] | tuple[Layer, ...] = "all"
    pack: bool = True

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.layers:
            raise ValueError("layers: name at least one")
        needed = ("options", "weights") if self.kind == "elmo" else ("path",)
        others = {"options", "weights", "path"} - set(needed)
        if missing := [name for name in needed if not getattr(self, name)]:
            raise ValueError(f"{self.kind} needs {' and '.join(missing)}")
        if given := sorted(name for name in others if getattr(self, name)):
            raise ValueError(f"{self.kind} takes no {', '.join(given)}")
        if self.trained and (self.kind == "elmo" or not self.pack):
            raise ValueError("trained: ELMo does not move, and what was trained is packed into the bundle")
        return self


def open_context(config: ContextRecipe, root: Path, device: torch.device) -> Open:
    """The encoder that a recipe names.

    Raises:
        ConfigError: a file is missing, or there is no such layer.
        BundleError: a file is damaged.
    """
    if config.kind == "transformer":
        return _open_transformer(config, root, device)
    paths = {name: root / Path(getattr(config, name)).expanduser() for name in ("options", "weights")}
    if missing := [f"context.{name}: there is no file {path}" for name, path in paths.items() if not path.is_file()]:
        raise ConfigError(
            f"{'; '.join(missing)}. {WHERE['elmo']}. Name them: --set context.options=PATH "
            "--set context.weights=PATH, below the data root or absolute."
        )
    there = read_options(paths["options"]).layers
    layers = _layers(config, there)
    encoder: Contextual = Elmo.from_files(paths["options"], paths["weights"], layers, device)
    return Open(encoder, config.pack)


def _open_transformer(config: ContextRecipe, root: Path, device: torch.device) -> Open:
    from emotion.models.hub import PACKAGE, base_path, empty_encoder, layer_count
    from emotion.models.transformer import TransformerContext

    named = config.path or ""
    folder = base_path(named if named.startswith(PACKAGE) else str(root / Path(named).expanduser()))
    encoder = TransformerContext(folder, _layers(config, layer_count(empty_encoder(folder))), device)
    return Open(encoder, config.pack, encoder if config.trained else None)


def with_context(
    recipe: "Recipe", root: Path, start: Bundle | None, device: torch.device
) -> tuple["Recipe", Open | None]:
    """The recipe with what its contextual vectors are like, and what makes them: its own, or the starting bundle's."""
    if recipe.context is not None:
        found = open_context(recipe.context, root, device)
    elif start is not None and (own := context_of(start, device)) is not None:
        found = own
    else:
        return recipe, None
    model = recipe.model.model_copy(update={"context": found.contextual.config})
    return recipe.model_copy(update={"model": model}), found


def context_of(bundle: Bundle, device: torch.device = CPU) -> Open | None:
    """What makes the contextual vectors of a bundle, as it is, where it reads any."""
    return None if bundle.context is None else Open(bundle.context.open(device), bundle.context.packed)


@dataclass(frozen=True)
class Named:
    """The vectors of a bundle that does not hold their files: those that its recipe names."""

    recipe: ContextRecipe
    root: Path
    config: ContextConfig
    packed = False

    def open(self, device: torch.device) -> Contextual:
        """Ready to use.

        Raises:
            ConfigError: the files are gone.
            BundleError: they are damaged, or are not those that the bundle was made with any more.
        """
        found = open_context(self.recipe, self.root, device).contextual
        if found.config != self.config:
            raise BundleError(f"The files of {self.config.kind} below {self.root} have changed since they were read.")
        return found

    def pack(self, folder: Path) -> None:
        """Nothing: they stay where they are."""


def beside_files(bundle: Bundle, recipe: "Recipe", root: Path) -> Bundle:
    """The bundle that was made of a recipe, read again: files that it does not hold are those that the recipe names."""
    config = bundle.config.context
    if config is None or recipe.context is None or bundle.context is None or bundle.context.packed:
        return bundle
    return replace(bundle, context=Named(recipe.context, root, config))


def _layers(config: ContextRecipe, there: int) -> tuple[int, ...]:
    if config.layers == "all":
        return tuple(range(there))
    if config.layers == "top":
        return (there - 1,)
    chosen = tuple(sorted(set(config.layers)))
    if chosen[-1] >= there:
        raise ConfigError(f"context.layers: there is no layer {chosen[-1]}; there are 0 to {there - 1}.")
    return chosen
