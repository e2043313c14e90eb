"""Which finders are meant by `--entities names,people.tsv,spacy:MODEL`; of what overlaps, the first named wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion.errors import UsageError
from emotion.text.entities.by_spacy import SpacyFinder
from emotion.text.entities.entity import Entity, Finder, Listed, apart
from emotion.text.entities.names import names

_SPACY = "spacy:"
_SHAPE = "write names, a file with a name a line, spacy:MODEL, or several of them with commas"


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """The finders as they travel to workers: lists of names by their content, models by their name."""

    steps: tuple[str | tuple[Listed, ...], ...]

    def finder(self) -> "Finders":
        """The finders, loaded."""
        return Finders([_finder(step) for step in self.steps])


class Finders:
    """Several finders as one."""

    def __init__(self, finders: Sequence[Finder]) -> None:
        self._finders = list(finders)

    @property
    def fingerprint(self) -> str:
        """The same where the same entities are found."""
        return " + ".join(str(getattr(finder, "fingerprint", "names 1")) for finder in self._finders)

    def __call__(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The entities of each text, in order and apart."""
        found = [finder(texts) for finder in self._finders]
        return [apart(entity for held in of_one for entity in held) for of_one in zip(*found, strict=True)]


def entity_plan(asked: str) -> EntityPlan:
    """The plan that an option means.

    Raises:
        UsageError: a part of it is nothing of the kind, or a list cannot be read.
    """
    return EntityPlan(tuple(_step(part.strip()) for part in asked.split(",")))


def _step(part: str) -> str | tuple[Listed, ...]:
    if part == "names" or (part.startswith(_SPACY) and part != _SPACY):
        return part
    if part and (Path(part).exists() or "/" in part or "." in part):
        from emotion.text.entities.gazetteer import read_gazetteer  # it looks through Unicode's marks

        return tuple(read_gazetteer(Path(part)))
    raise UsageError(f"--entities {part!r} is nothing that finds names; {_SHAPE}.")


def _finder(step: str | tuple[Listed, ...]) -> Finder:
    if not isinstance(step, str):
        from emotion.text.entities.gazetteer import Gazetteer

        return Gazetteer(step)
    return names if step == "names" else SpacyFinder(step.removeprefix(_SPACY))
