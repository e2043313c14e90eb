"""A teacher's recipe: which transformer, taught on which labelled sets, and how; one YAML file, checked as a whole."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emotion.document import read_document
from emotion.errors import ConfigError
from emotion.models.config import HeadConfig, Share
from emotion.sets.datasets import SetConfig
from emotion.training.stage import Sample, Weight
from emotion.training.targets import AS_IT_IS, TeachConfig
from emotion.training.teachers.text import TextConfig
from emotion.wording import all_faults, listed

Precision = Literal["auto", "float32", "bfloat16"]
Pooling = Literal["mean", "first"]


class TeacherRecipe(BaseModel):
    """Everything that decides which teacher comes out, but for the data and the weights of `base`.

    `base` is a directory with a Hugging Face encoder, or `package:NAME` for an installed package whose `model` folder
    is one. The learning rate rises over the share `warm_up` of all steps and falls to a twentieth by the last; each
    layer below the top learns by `layer_decay` of the one above it (Howard and Ruder 2018). `select` weighs the
    measures that choose the best epoch, each named `set.head.measure`; after `patience` epochs without a better one,
    training stops.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    seed: int = Field(default=0, ge=0, lt=2**31)
    base: str = Field(min_length=1)
    text: TextConfig = TextConfig()
    max_length: int = Field(default=48, ge=4, le=512)  # tokens of the base, its special ones too
    pooling: Pooling = "mean"  # of the last layer's tokens, or the first of them
    head_dropout: Share = 0.1
    heads: tuple[HeadConfig, ...] = Field(min_length=1)
    sets: dict[str, SetConfig] = Field(min_length=1)
    teach: dict[str, dict[str, TeachConfig]] = {}  # by set and head, where it is not as the labels stand
    samples: dict[str, Sample] = {}  # rows of a set, or the share of them, that an epoch draws; without it, all
    epochs: int = Field(default=3, ge=1)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=1e-4, gt=0, allow_inf_nan=False)
    warm_up: Share = 0.06
    layer_decay: float = Field(default=0.9, gt=0, le=1)
    embeddings: Literal["learnt", "frozen"] = "learnt"  # frozen: faster, and the words keep what they meant
    weight_decay: float = Field(default=0.01, ge=0, allow_inf_nan=False)
    clip: float = Field(default=1.0, gt=0, allow_inf_nan=False)  # norm of the gradient
    ema: Share = 0.0  # decay a step of the average of the weights that is measured and kept; 0 for none
    precision: Precision = "auto"  # auto: bfloat16 where the processor computes in it
    patience: int = Field(default=2, ge=1)
    select: dict[str, Weight] = Field(min_length=1)
    limits: tuple[str, ...] = ()  # sentences for the card
    license: str = "The terms of these weights are those of their base and of the data they were made from."

    def teaching(self, name: str, head: str) -> TeachConfig:
        """How a set teaches a head."""
        return self.teach.get(name, {}).get(head, AS_IT_IS)

    def taught(self, name: str) -> tuple[str, ...]:
        """The heads that a set trains and is measured on, as far as it shares labels with them."""
        only = self.sets[name].heads
        return tuple(head.name for head in self.heads) if only is None else only


def read_teacher_recipe(path: Path, overrides: Sequence[str] = ()) -> TeacherRecipe:
    """The recipe in a YAML file, after `a.b=value` overrides; a ConfigError lists all its faults."""
    return check(read_document(path, overrides), str(path))


def check(document: dict[str, Any], source: str) -> TeacherRecipe:
    """The recipe of a parsed document; a ConfigError lists every fault at once."""
    try:
        recipe = TeacherRecipe.model_validate(document)
        faults = _dangling(recipe)
    except ValidationError as error:
        faults = all_faults(error)
    if faults:
        raise ConfigError(listed(source, faults))
    return recipe


def _dangling(recipe: TeacherRecipe) -> list[str]:
    """Names that the recipe uses and does not define, and what it measures but does not hold."""
    heads = [head.name for head in recipe.heads]
    faults = [f"heads: the name {name!r} stands twice" for name in sorted({n for n in heads if heads.count(n) > 1})]
    for name, config in recipe.sets.items():
        faults += [f"sets.{name}.heads: there is no head {head!r}" for head in config.heads or () if head not in heads]
    for key, names in (("teach", recipe.teach), ("samples", recipe.samples)):
        faults += [f"{key}: there is no set {name!r}" for name in names if name not in recipe.sets]
    for name, teach in recipe.teach.items():
        faults += [f"teach.{name}: there is no head {head!r}" for head in teach if head not in heads]
    for path in recipe.select:
        parts = path.split(".")
        if len(parts) != 3 or parts[0] not in recipe.sets or parts[1] not in heads:
            faults.append(f"select.{path}: expected set.head.measure with a set and a head of this recipe")
        elif not recipe.sets[parts[0]].has("validation"):
            faults.append(f"select.{path}: the set {parts[0]!r} has no validation split")
    if not any(config.has("train") for config in recipe.sets.values()):
        faults.append("sets: none has a train split")
    return faults
