"""Which sets a file names: those of a recipe, whatever else the recipe says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emotion.errors import ConfigError, UsageError
from emotion.sets.datasets import SetConfig
from emotion.text.rules import Rules
from emotion.wording import faults_of, listed


class Sources(BaseModel):
    """The sets of a recipe, and the rules by which it cuts texts; its other keys are not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sets: dict[str, SetConfig] = Field(min_length=1)
    rules: Rules = Rules()


def read_sources(path: Path) -> Sources:
    """The sets that a YAML file names.

    Raises:
        UsageError: it cannot be read.
        ConfigError: it has faults; all of them are listed.
    """
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The recipe {path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not YAML: {error}.") from error
    if not isinstance(document, Mapping) or "sets" not in document:
        raise ConfigError(f"{path} names no labelled sets: a recipe has them under the key sets.")
    try:
        return Sources.model_validate(document)
    except ValidationError as error:
        raise ConfigError(listed(path, faults_of(error))) from error
