"""A space: one YAML file that says which recipes are tried, checked as a whole before anything is trained."""

import copy
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emotion.document import put, read_document
from emotion.errors import ConfigError, EmotionError, UsageError
from emotion.report.search import written
from emotion.training.recipe import Recipe, check
from emotion.training.stage import StageConfig
from emotion.tuning.parameter import Parameter
from emotion.tuning.settings import SearchConfig, WinnerConfig
from emotion.wording import all_faults, listed

Values = Mapping[str, Any]
"""Of each parameter that has a meaning in a trial, its value."""


class SpaceConfig(BaseModel):
    """A base recipe (a path from where the space lies), what is changed of it for all trials, and what is searched.

    A parameter is named by the key of the recipe that it sets: `model.hidden`, `stages.0.optimiser.clip`, or of all
    stages `stages.*.epochs`; one with `options` has a name of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    recipe: str = Field(min_length=1)
    changes: dict[str, Any] = {}
    parameters: dict[str, Parameter] = Field(min_length=1)
    search: SearchConfig
    winner: WinnerConfig = WinnerConfig()


@dataclass(frozen=True)
class Space:
    """A space with the document of its base recipe, changes made."""

    config: SpaceConfig
    base: Mapping[str, Any]

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        return self.config.parameters

    def changes(self, values: Values) -> dict[str, Any]:
        """Keys of the recipe with what these values make of them."""
        found: dict[str, Any] = {}
        for name, value in values.items():
            options = self.parameters[name].options
            found |= {name: value} if options is None else options[value]
        return found

    def document(self, values: Values, seed: int | None = None) -> dict[str, Any]:
        """The recipe with these values, as keys and values."""
        document = copy.deepcopy(dict(self.base))
        for name, value in self.changes(values).items():
            put(document, name, copy.deepcopy(value), name)
        return document if seed is None else document | {"seed": seed}

    def recipe(self, values: Values, seed: int | None = None) -> Recipe:
        """The recipe with these values; a ConfigError where they do not go together."""
        return check(self.document(values, seed), f"{self.config.name} with {written.values(values)}")

    def complete(self, values: Values) -> bool:
        """Whether every parameter that has a meaning beside these values is among them, and no other."""
        return all((name in values) == parameter.active(values) for name, parameter in self.parameters.items())


def read_space(path: Path, changes: Sequence[str] = ()) -> Space:
    """The space in a YAML file, after `a.b=value` changes; a ConfigError lists all its faults.

    Raises:
        UsageError: the file, or that of its base recipe, cannot be read.
    """
    config, faults = _checked(read_document(path, changes))
    space = None
    if config is not None:
        from emotion.tuning.checks import faults_of

        space, more = _with_base(config, path)
        faults += more + faults_of(space)
    if faults or space is None:
        raise ConfigError(listed(path, faults))
    return space


def _checked(document: dict[str, Any]) -> tuple[SpaceConfig | None, list[str]]:
    """The settings and their faults; where there are any, without what has them, so that the rest is checked too."""
    try:
        return SpaceConfig.model_validate(document), []
    except ValidationError as error:
        found, faults = error.errors(include_url=False), all_faults(error)
    gone = {fault["loc"][1] for fault in found if fault["loc"][0] == "parameters" and len(fault["loc"]) > 1}
    parameters: dict[str, Any] = {}
    with suppress(ValidationError, AttributeError, KeyError, TypeError):  # too little is left
        for name, parameter in document["parameters"].items():
            if name in gone or gone & set(parameter.get("when") or ()):
                gone.add(name)
            else:
                parameters[name] = parameter
        kept = {name: document[name] for name in ("name", "recipe", "changes") if name in document}
        rest = SpaceConfig.model_validate(kept | {"parameters": parameters, "search": {"trials": 1}})
        return rest, faults
    return None, faults


def write_recipe(
    space: Space, values: Values, seed: int, path: Path, stages: Sequence[StageConfig] | None = None
) -> None:
    """Write the recipe of a trial, from which `emotion train` makes the same model; with the batches of `stages`."""
    document = space.document(values, seed)
    if stages is not None:
        document["stages"] = [
            stage | trained.model_dump(include={"batch_size", "batch_tokens"}, exclude_none=True)
            for stage, trained in zip(document["stages"], stages, strict=True)
        ]
    path.write_text(yaml.safe_dump(plain(document), sort_keys=False, allow_unicode=True))


def plain(value: Any) -> Any:
    """The value with lists for tuples."""
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _with_base(config: SpaceConfig, path: Path) -> tuple[Space, list[str]]:
    """The space over its base recipe, and the faults of the base with its changes."""
    try:
        base = read_document(path.parent / config.recipe)
    except UsageError as error:
        raise UsageError(f"{path}: recipe: {error}") from None
    faults = []
    for name, value in config.changes.items():
        try:
            put(base, name, value, f"changes.{name}")
        except UsageError as error:
            faults.append(str(error))
    try:
        check(base, f"the recipe {config.recipe} with its changes")
    except EmotionError as error:
        faults.append(str(error))
    return Space(config, base), faults
