"""What a model must know of its contextual vectors."""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

PLACES = "EMOTION_CONTEXT"  # folders to look in, for bundles that do not hold the files
Kind = Literal["elmo", "transformer"]
Layer = Annotated[int, Field(ge=0, le=256)]


def looked_in() -> str:
    """Where this process looks, as processes in other folders understand it."""
    given = os.environ.get(PLACES, "").split(os.pathsep)
    return os.pathsep.join(str(Path(place).expanduser().absolute()) for place in given if place)


def look_in(there: str) -> None:
    """Look where another process does, unless this machine says otherwise."""
    if there:
        os.environ.setdefault(PLACES, there)


class ContextConfig(BaseModel):
    """Contextual vectors of a kind: the chosen `layers` of the `of` that there are, `width` numbers a word each.

    `digest` is the sha256 of the files that make them, so that no others are taken for them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    layers: tuple[Layer, ...] = Field(min_length=1, max_length=64)
    of: int = Field(ge=1, le=257)
    width: int = Field(ge=1, le=65_536)

    @model_validator(mode="after")
    def _layers_there(self) -> Self:
        if list(self.layers) != sorted(set(self.layers)):
            raise ValueError("layers are named once each, lowest first")
        if self.layers[-1] >= self.of:
            raise ValueError(f"there is no layer {self.layers[-1]}: layers are 0 to {self.of - 1}")
        return self
