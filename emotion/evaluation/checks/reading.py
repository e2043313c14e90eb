"""Files of tests, checked as a whole: unknown keys, wrong values, missing slots and names that stand twice, at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emotion.document import parsed
from emotion.errors import ConfigError, UsageError
from emotion.evaluation.checks.kinds import Case, Test
from emotion.evaluation.checks.templates import slots
from emotion.wording import said

SHIPPED = Path(__file__).parent
LEXICON = "lexicon.yaml"

Words = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
Slot = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]


class CheckFile(BaseModel):
    """One file: tests, and words for the slots of their texts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lexicon: dict[Slot, Words] = {}
    tests: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """Tests of all files, each with its cases."""

    tests: tuple[tuple[Test, tuple[Case, ...]], ...]

    @property
    def cases(self) -> int:
        """How many cases there are."""
        return sum(len(cases) for _, cases in self.tests)


def shipped() -> list[Path]:
    """The files that come with emotion."""
    return sorted(SHIPPED.glob("*.yaml"))


def read_suite(paths: Sequence[Path]) -> Suite:
    """The tests of these files; slots are filled from the files' own words first, then from the shipped lexicon.

    Raises:
        UsageError: a file cannot be read.
        ConfigError: lists all faults of all files.
    """
    lexicon: dict[str, Sequence[str]] = dict(_read(SHIPPED / LEXICON, []).lexicon)
    faults: list[str] = []
    suite: list[tuple[Test, tuple[Case, ...]]] = []
    for path in paths:
        file = _read(path, faults)
        words = lexicon | file.lexicon
        suite += [(test, tuple(_cases(test, words, path, faults))) for test in file.tests]
    names = [test.name for test, _ in suite]
    faults += [f"the name {name!r} stands twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if faults:
        raise ConfigError(f"The tests have {len(faults)} fault(s):\n" + "\n".join(f"  {fault}" for fault in faults))
    return Suite(tuple(suite))


def _read(path: Path, faults: list[str]) -> CheckFile:
    """The file, or an empty one whose faults are told."""
    try:
        document = parsed(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The tests {path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        faults.append(f"{path} is not YAML: {' '.join(str(error).split())}")
        return CheckFile()
    if not isinstance(document, dict):
        faults.append(f"{path}: its top level is no mapping with the keys lexicon and tests")
        return CheckFile()
    try:
        return CheckFile.model_validate(document)
    except ValidationError as error:
        faults += [f"{path}: {_place(fault, document)}: {said(fault)}" for fault in error.errors(include_url=False)]
        return CheckFile()


def _cases(test: Test, words: Mapping[str, Sequence[str]], path: Path, faults: list[str]) -> Iterator[Case]:
    missing = [name for name in slots([text for case in test.templates for text in case]) if name not in words]
    faults += [f"{path}: {test.name}: no lexicon has words for {{{name}}}" for name in missing]
    if missing:
        return
    cases = test.cases(words)
    if not cases:
        faults.append(f"{path}: {test.name}: makes no case, as the change finds nothing to change")
    yield from cases


def _place(fault: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """Where a fault is, a test named by its name where it has one."""
    steps = list(fault["loc"])
    if len(steps) > 1 and steps[0] == "tests" and isinstance(document["tests"], list):
        test = document["tests"][steps[1]]
        name = test.get("name") if isinstance(test, dict) else None
        steps = [f"tests.{steps[1]}" if name is None else name, *steps[3:]]
    return ".".join(map(str, steps))
