"""A recipe: one YAML file from which a model is trained, checked as a whole before anything is read."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emotion.errors import ConfigError, UsageError
from emotion.models.config import HeadConfig, ModelConfig
from emotion.sets.datasets import SetConfig, TextsConfig
from emotion.text.rules import Rules
from emotion.training.optimiser import OptimiserConfig
from emotion.training.vectors import GLOVE_DIMENSION, VectorsConfig


class VocabularyConfig(BaseModel):
    """Which words of the texts learnt from are kept: the most frequent first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_count: int = Field(default=2, ge=1)
    max_size: int | None = Field(default=30_000, ge=1)


class StageConfig(BaseModel):
    """One stretch of training; a later stage starts from the weights of the one before.

    In the last stage the best epoch on validation is kept, and training stops after `patience` epochs without a better.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sets: tuple[str, ...] = Field(min_length=1)
    epochs: int = Field(default=5, ge=1)
    batch_size: int = Field(default=64, ge=1)
    patience: int = Field(default=2, ge=1)
    optimiser: OptimiserConfig = OptimiserConfig()


class CalibrationConfig(BaseModel):
    """What is chosen on validation: thresholds of sigmoid heads, and how seldom ambiguous texts are right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    thresholds: Literal["global", "label"] = "global"  # one for the best Jaccard, or one a label for the best F1
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

    `auxiliary` heads are trained beside `heads` and left out of the bundle. `select` weighs the measures that choose
    the best epoch, each named `set.head.measure`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    seed: int = Field(default=0, ge=0, lt=2**31)
    languages: tuple[str, ...] = ("en",)
    rules: Rules = Rules()
    vocabulary: VocabularyConfig = VocabularyConfig()
    vectors: VectorsConfig = VectorsConfig()
    model: ModelConfig = ModelConfig()
    heads: tuple[HeadConfig, ...] = Field(min_length=1)
    auxiliary: tuple[HeadConfig, ...] = ()
    sets: dict[str, SetConfig] = Field(min_length=1)
    unlabelled: tuple[TextsConfig, ...] = ()
    stages: tuple[StageConfig, ...] = Field(min_length=1)
    select: dict[str, float] = Field(min_length=1)
    calibration: CalibrationConfig = CalibrationConfig()
    felt: FeltConfig | None = None
    limits: tuple[str, ...] = ()  # sentences for the model card
    license: str = "The terms of these weights are those of the data they were made from."

    @property
    def all_heads(self) -> tuple[HeadConfig, ...]:
        """The heads of the bundle, then the auxiliary ones."""
        return self.heads + self.auxiliary


def read_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe in a YAML file, after `a.b=value` overrides; a ConfigError lists all its faults."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The recipe {path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not YAML: {error}.") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{path} is not a recipe: its top level is no mapping of keys to values.")
    for override in overrides:
        _override(document, override)
    return check(document, str(path))


def check(document: dict[str, Any], source: str) -> Recipe:
    """The recipe of a parsed document; a ConfigError lists every unknown key, wrong value and dangling name at once."""
    faults: list[str] = []
    recipe = None
    try:
        recipe = Recipe.model_validate(document)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {_said(fault)}" for fault in error.errors(include_url=False)]
    faults += _dangling(document)
    if recipe is not None:
        faults += _mismatches(recipe)
    if faults or recipe is None:
        raise ConfigError(f"{source} has {len(faults)} fault(s):\n" + "\n".join(f"  {fault}" for fault in faults))
    return recipe


def _said(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        return "there is no such key"
    given = repr(fault["input"])
    return f"{fault['msg']}, not {given[:60]}{'…' * (len(given) > 60)}"


def _override(document: dict[str, Any], override: str) -> None:
    name, equals, value = override.partition("=")
    if not equals or not name:
        raise UsageError(f"--set {override!r}: expected a.b=value.")
    *path, last = name.split(".")
    place: Any = document
    for step in path:
        place = place.setdefault(step, {}) if isinstance(place, dict) else _element(place, step, override)
    if isinstance(place, list):
        _element(place, last, override)
        place[int(last)] = yaml.safe_load(value)
    elif isinstance(place, dict):
        place[last] = yaml.safe_load(value)
    else:
        raise UsageError(f"--set {override!r}: {'.'.join(path)} is {place!r}, which holds no keys.")


def _element(place: Any, step: str, override: str) -> Any:
    if isinstance(place, list) and step.isdigit() and int(step) < len(place):
        return place[int(step)]
    raise UsageError(f"--set {override!r}: there is no {step!r}.")


def _dangling(document: Mapping[str, Any]) -> list[str]:
    """Names of sets and heads that the document uses and does not define; looks at whatever has the right shape."""
    sets = _names(document.get("sets"))
    heads = _names(document.get("heads")) + _names(document.get("auxiliary"))
    faults = []
    for number, stage in enumerate(_items(document.get("stages"))):
        used = _items(stage.get("sets")) if isinstance(stage, dict) else []
        faults += [f"stages.{number}.sets: there is no set {name!r}" for name in used if str(name) not in sets]
    for name in _names(document.get("select")):
        parts = str(name).split(".")
        if len(parts) != 3 or parts[0] not in sets or parts[1] not in heads:
            faults.append(f"select.{name}: expected set.head.measure with a set and a head of this recipe")
    felt = document.get("felt")
    if isinstance(felt, dict):
        faults += [
            f"felt.{key}: there is no set {felt[key]!r}"
            for key in ("emotional", "neutral")
            if key in felt and str(felt[key]) not in sets
        ]
    for name, config in document["sets"].items() if isinstance(document.get("sets"), dict) else ():
        wanted = _items(config.get("heads")) if isinstance(config, dict) else []
        faults += [f"sets.{name}.heads: there is no head {head!r}" for head in wanted if str(head) not in heads]
    return faults


def _mismatches(recipe: Recipe) -> list[str]:
    """What only shows once every value is known to be right by itself."""
    faults = []
    width = recipe.vectors.dimension
    if width not in (0, recipe.model.embedding_dim):
        faults.append(
            f"model.embedding_dim: {recipe.model.embedding_dim}, but the vectors make {width} (GloVe {GLOVE_DIMENSION})"
        )
    if sum(head.primary for head in recipe.heads) != 1:
        faults.append("heads: exactly one head must be primary")
    if recipe.felt is not None and recipe.felt.head not in {None, *(head.name for head in recipe.heads)}:
        faults.append(f"felt.head: there is no head {recipe.felt.head!r} in heads")
    names = [head.name for head in recipe.all_heads]
    twice = sorted({name for name in names if names.count(name) > 1})
    return faults + [f"heads: the name {name!r} stands twice" for name in twice] + _missing_splits(recipe)


def _missing_splits(recipe: Recipe) -> list[str]:
    faults = [
        f"stages.{number}.sets: the set {name!r} has no train split"
        for number, stage in enumerate(recipe.stages)
        for name in stage.sets
        if name in recipe.sets and not recipe.sets[name].train
    ]
    measured = {f"select.{path}": path.split(".")[0] for path in recipe.select}
    if recipe.felt is not None:
        measured |= {"felt.emotional": recipe.felt.emotional, "felt.neutral": recipe.felt.neutral}
    known = [(place, name) for place, name in measured.items() if name in recipe.sets]
    return faults + [
        f"{place}: the set {name!r} has no validation split"
        for place, name in known
        if not recipe.sets[name].validation
    ]


def _names(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [str(name) for name in value]
    return [str(item["name"]) for item in _items(value) if isinstance(item, dict) and "name" in item]


def _items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else []
