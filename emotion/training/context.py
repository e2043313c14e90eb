"""Contextual vectors of a recipe: which files they come from, and how many of their layers are mixed."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator

from emotion.errors import ConfigError
from emotion.models.bundle import Bundle
from emotion.models.context.config import Layer
from emotion.models.context.contextual import WHERE, Contextual, Open
from emotion.models.elmo.encoder import Elmo
from emotion.models.elmo.options import read_options

if TYPE_CHECKING:
    from emotion.training.recipe import Recipe


class ContextRecipe(BaseModel):
    """The key `context` of a recipe; paths are relative to the data root.

    `layers` are mixed by learnt weights: all of them, the top one alone, or those numbered, 0 being the words by
    themselves. With `pack` the bundle holds the files; else whoever uses it names where they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["elmo"]
    options: str = Field(min_length=1)
    weights: str = Field(min_length=1)
    layers: Literal["all", "top"] | tuple[Layer, ...] = "all"
    pack: bool = True

    @model_validator(mode="after")
    def _some_layers(self) -> Self:
        if not self.layers:
            raise ValueError("layers: name at least one")
        return self


def open_context(config: ContextRecipe, root: Path, device: torch.device) -> Open:
    """The encoder that a recipe names.

    Raises:
        ConfigError: a file is missing, or there is no such layer.
        BundleError: a file is damaged.
    """
    paths = {name: root / getattr(config, name) for name in ("options", "weights")}
    if missing := [f"context.{name}: there is no file {path}" for name, path in paths.items() if not path.is_file()]:
        raise ConfigError(
            f"{'; '.join(missing)}. {WHERE['elmo']}. Name them: --set context.options=PATH "
            "--set context.weights=PATH, below the data root or absolute."
        )
    there = read_options(paths["options"]).layers
    layers = _layers(config, there)
    encoder: Contextual = Elmo.from_files(paths["options"], paths["weights"], layers, device)
    return Open(encoder, config.pack)


def with_context(
    recipe: "Recipe", root: Path, start: Bundle | None, device: torch.device
) -> tuple["Recipe", Open | None]:
    """The recipe with what its contextual vectors are like, and what makes them: its own, or the starting bundle's."""
    if recipe.context is not None:
        found = open_context(recipe.context, root, device)
    elif start is not None and start.context is not None:
        found = Open(start.context.open(device), start.context.packed)
    else:
        return recipe, None
    model = recipe.model.model_copy(update={"context": found.contextual.config})
    return recipe.model_copy(update={"model": model}), found


def _layers(config: ContextRecipe, there: int) -> tuple[int, ...]:
    if config.layers == "all":
        return tuple(range(there))
    if config.layers == "top":
        return (there - 1,)
    chosen = tuple(sorted(set(config.layers)))
    if chosen[-1] >= there:
        raise ConfigError(f"context.layers: there is no layer {chosen[-1]}; this ELMo has 0 to {there - 1}.")
    return chosen
