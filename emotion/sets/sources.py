"""Which sets a file names: those of a recipe, whatever else the recipe says."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emotion.document import read_document
from emotion.errors import ConfigError
from emotion.sets.datasets import SetConfig
from emotion.text.rules import Rules
from emotion.wording import all_faults, listed


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
    document = read_document(path)
    if "sets" not in document:
        raise ConfigError(f"{path} names no labelled sets: a recipe has them under the key sets.")
    try:
        return Sources.model_validate(document)
    except ValidationError as error:
        raise ConfigError(listed(path, all_faults(error))) from error
