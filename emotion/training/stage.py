"""One stretch of training: what is learnt from, for how long, by which parts of the network, and how fast."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from emotion.models.config import Share
from emotion.training.loop.schedule import PlateauConfig, Schedule

Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]  # of a measure, where several are chosen by
Sample = Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, le=1)]

EMBEDDING, ENCODER, HEADS = "embedding", "encoder", "heads"
PARTS = (EMBEDDING, ENCODER, HEADS)
CONTEXT = "context"  # of the encoder: the transformer that a recipe trains


class OptimiserConfig(BaseModel):
    """Adam (Kingma and Ba 2015), for the embedding its sparse form, which touches only the words of the batch.

    `rates` gives parts of the network (`embedding`, `encoder`, `heads`, or a head by its name) a rate of their own
    (discriminative rates, Howard and Ruder 2018). With `weight_decay` it is AdamW (Loshchilov and Hutter 2019): each
    step shrinks all weights but the embedding's by this share of their rate. `swa` averages the weights at the ends of
    the epochs after this share of the stage, in place of the exponential average.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    learning_rate: Rate = 1e-3
    embedding_rate: float | None = Field(default=None, ge=0, allow_inf_nan=False)  # None: as learning_rate; 0: frozen
    rates: dict[str, Rate] = {}
    schedule: Schedule = "linear"
    warmup: Share = 0.0  # share of the stage's steps over which the rate rises
    plateau: PlateauConfig = PlateauConfig()
    weight_decay: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    clip: float = Field(default=1.0, gt=0, allow_inf_nan=False)  # norm of the gradient of all but the embedding
    ema: float = Field(default=0.995, ge=0, lt=1)  # decay of the average a step; 0 for none
    swa: Share | None = None

    @model_validator(mode="after")
    def _one_rate(self) -> Self:
        if self.embedding_rate is not None and EMBEDDING in self.rates:
            raise ValueError("embedding_rate and rates.embedding say one thing twice; leave one of them out")
        return self


class DrawConfig(BaseModel):
    """A set in a stage: `sample` rows (or this share) drawn anew each epoch, and a factor to the weight of its rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sample: Sample | None = None
    weight: Rate = 1.0


class StageConfig(BaseModel):
    """One stretch of training; a later stage starts from the weights of the one before.

    A batch holds at most `batch_size` texts and, with `batch_tokens`, so many words, padding counted. `freeze` names
    parts that do not move: `embedding`, `encoder`, `heads`, or heads by name; stage after stage with fewer of them is
    gradual unfreezing (Howard and Ruder 2018). In the last stage the best epoch on validation is kept, and training
    stops after `patience` epochs without a better.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sets: tuple[str | DrawConfig, ...] = Field(min_length=1)
    epochs: int = Field(default=5, ge=1)
    batch_size: int = Field(default=64, ge=1)
    batch_tokens: int | None = Field(default=None, ge=1)
    patience: int = Field(default=2, ge=1)
    freeze: tuple[str, ...] = ()
    optimiser: OptimiserConfig = OptimiserConfig()

    @property
    def draws(self) -> tuple[DrawConfig, ...]:
        """The sets, each with how it is drawn from."""
        return tuple(DrawConfig(name=each) if isinstance(each, str) else each for each in self.sets)


Precision = Literal["float32", "bfloat16"]
