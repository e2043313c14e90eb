"""The options file of an ELMo: its sizes."""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from emotion.errors import BundleError
from emotion.wording import in_one_line

Size = Annotated[int, Field(ge=1, le=1 << 15)]
LARGEST = 1 << 20  # bytes of an options file


class CharactersOptions(BaseModel):
    """The key `embedding` of `char_cnn`."""

    model_config = ConfigDict(frozen=True)

    dim: Size


class CNNOptions(BaseModel):
    """The character CNN: filters as (width, number), highways after it."""

    model_config = ConfigDict(frozen=True)

    embedding: CharactersOptions
    filters: tuple[tuple[Size, Size], ...] = Field(min_length=1, max_length=64)
    n_highway: int = Field(ge=0, le=16)
    activation: Literal["relu", "tanh"]
    max_characters_per_token: int = Field(default=50, ge=3, le=1024)

    @property
    def width(self) -> int:
        """Numbers a word after all filters."""
        return sum(number for _, number in self.filters)


class LSTMOptions(BaseModel):
    """The two language models; clips of 0 or null clip nothing."""

    model_config = ConfigDict(frozen=True)

    dim: Size
    projection_dim: Size
    n_layers: int = Field(ge=1, le=16)
    cell_clip: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    proj_clip: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    use_skip_connections: bool = True


class ElmoOptions(BaseModel):
    """What of an options file decides the vectors; its other keys are about how it was trained."""

    model_config = ConfigDict(frozen=True)

    char_cnn: CNNOptions
    lstm: LSTMOptions

    @model_validator(mode="after")
    def _fit(self) -> "ElmoOptions":
        longest = max(width for width, _ in self.char_cnn.filters)
        if longest > self.char_cnn.max_characters_per_token:
            raise ValueError(f"a filter of {longest} characters is wider than a word")
        return self

    @property
    def layers(self) -> int:
        """Layers of vectors: that of single words, then each of the language models'."""
        return self.lstm.n_layers + 1

    @property
    def width(self) -> int:
        """Numbers a word of each layer, both directions side by side."""
        return 2 * self.lstm.projection_dim


def read_options(path: Path) -> ElmoOptions:
    """The options in a JSON file; a BundleError where it holds others."""
    try:
        if path.stat().st_size > LARGEST:
            raise BundleError(f"{path} is no options file of an ELMo: it is larger than {LARGEST:,} bytes.")
        return ElmoOptions.model_validate(json.loads(path.read_bytes()))
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        raise BundleError(f"{path} is no options file of an ELMo: {in_one_line(error, 'the file')}.") from None
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path} is no JSON: {str(error)[:200]}.") from None
