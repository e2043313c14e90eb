"""A recipe: one YAML file from which a model is trained, checked as a whole before anything is read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emotion.document import read_document
from emotion.errors import ConfigError
from emotion.models.config import HeadConfig, ModelConfig
from emotion.sets.datasets import SetConfig, TextsConfig
from emotion.text.rules import Rules
from emotion.training.checks import dangling, mismatches
from emotion.training.context import ContextRecipe
from emotion.training.loop.loss import LossConfig
from emotion.training.stage import OptimiserConfig, Precision, StageConfig, Weight
from emotion.training.targets import AS_IT_IS, TeachConfig
from emotion.vectors.config import VectorsConfig
from emotion.wording import all_faults, listed

__all__ = [
    "SAID",
    "CalibrationConfig",
    "FeltConfig",
    "OptimiserConfig",
    "Recipe",
    "StageConfig",
    "check",
    "read_recipe",
]


SAID = ("limits", "license")  # keys that decide nothing but what is said of the model


class VocabularyConfig(BaseModel):
    """Which words of the texts learnt from are kept: the most frequent first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_count: int = Field(default=2, ge=1)
    max_size: int | None = Field(default=30_000, ge=1)


class StartConfig(BaseModel):
    """A bundle to go on from: its rules, vocabulary and encoder, and heads of the same name, kind and labels.

    `vocabulary: extend` adds the words of this recipe's texts that the bundle does not know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bundle: str = Field(min_length=1)  # a path, or a name as for --model
    vocabulary: Literal["keep", "extend"] = "keep"


class CalibrationConfig(BaseModel):
    """What is chosen on validation: temperatures, thresholds of sigmoid heads, how seldom ambiguous texts are right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    thresholds: Literal["global", "label"] = "global"  # one for the best Jaccard, or one a label for the best F1
    temperature: bool = True  # each head's scores are made to fit the share that is right; no label changes its place
    ambiguous_accuracy: float = Field(default=0.65, gt=0, lt=1)


class FeltConfig(BaseModel):
    """Where feeling begins: so that the share `keep` of `emotional`'s labelled validation rows stays felt.

    `neutral` names the set whose validation rows labelled `neutral_label` are then counted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    emotional: str
    neutral: str
    neutral_label: str = "neutral"
    keep: float = Field(default=0.8, gt=0, lt=1)
    head: str | None = None


class Recipe(BaseModel):
    """Everything that decides which model comes out, but for the data itself; and what its card says.

    `auxiliary` heads are trained beside `heads` and left out of the bundle. `teach` says, by set and head, how a set
    teaches a head where it is not as its labels stand; `losses`, by head, what its loss is where it is not plain.
    `select` weighs the measures that choose the best epoch, each named `set.head.measure`; `curves` is how many
    training rows of each of its sets are measured after each epoch, 0 for none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    seed: int = Field(default=0, ge=0, lt=2**31)
    languages: tuple[str, ...] = ("en",)
    rules: Rules = Rules()
    vocabulary: VocabularyConfig = VocabularyConfig()
    vectors: VectorsConfig = VectorsConfig()
    start: StartConfig | None = None
    context: ContextRecipe | None = None
    model: ModelConfig = ModelConfig()
    heads: tuple[HeadConfig, ...] = Field(min_length=1)
    auxiliary: tuple[HeadConfig, ...] = ()
    sets: dict[str, SetConfig] = Field(min_length=1)
    teach: dict[str, dict[str, TeachConfig]] = {}
    losses: dict[str, LossConfig] = {}
    unlabelled: tuple[TextsConfig, ...] = ()
    stages: tuple[StageConfig, ...] = Field(min_length=1)
    select: dict[str, Weight] = Field(min_length=1)
    precision: Precision = "float32"  # bfloat16: autocast, weights and losses stay in float32
    compile: bool = False  # by torch.compile: minutes to start
    curves: int = Field(default=2000, ge=0)
    calibration: CalibrationConfig = CalibrationConfig()
    felt: FeltConfig | None = None
    limits: tuple[str, ...] = ()  # sentences for the model card
    license: str = "The terms of these weights are those of the data they were made from."

    @property
    def all_heads(self) -> tuple[HeadConfig, ...]:
        """The heads of the bundle, then the auxiliary ones."""
        return self.heads + self.auxiliary

    @property
    def renames(self) -> dict[str, dict[str, dict[str, str]]]:
        """By set and head, what the head calls labels of the set."""
        return {name: {head: how.map for head, how in heads.items() if how.map} for name, heads in self.teach.items()}

    def teaching(self, name: str, head: str) -> TeachConfig:
        """How a set teaches a head."""
        return self.teach.get(name, {}).get(head, AS_IT_IS)

    def taught(self, name: str) -> tuple[str, ...]:
        """The heads that a set trains and is measured on, as far as it shares labels with them."""
        only = self.sets[name].heads
        return tuple(head.name for head in self.all_heads) if only is None else only


def read_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe in a YAML file, after `a.b=value` overrides; a ConfigError lists all its faults."""
    return check(read_document(path, overrides), str(path))


def check(document: dict[str, Any], source: str) -> Recipe:
    """The recipe of a parsed document; a ConfigError lists every unknown key, wrong value and dangling name at once."""
    faults: list[str] = []
    recipe = None
    try:
        recipe = Recipe.model_validate(document)
    except ValidationError as error:
        faults = all_faults(error)
    faults += dangling(document)
    if recipe is not None:
        faults += mismatches(recipe)
    if faults or recipe is None:
        raise ConfigError(listed(source, faults))
    return recipe
