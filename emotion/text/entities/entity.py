"""What a named entity is, and what finds them: anything that gives the entities of texts."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, Protocol, get_args

Kind = Literal["person", "place", "organisation", "product"]
Listed = tuple[str, Kind | None]  # a name of a list, and its kind where that is told
ENTITY_KINDS: tuple[Kind, ...] = get_args(Kind)


class Entity(NamedTuple):
    """A name in a text, from character `start` to `end`; `kind` is None where who found it cannot tell."""

    start: int
    end: int
    kind: Kind | None
    name: str


class Finder(Protocol):
    """Finds entities; the same texts give the same entities, whatever their batch."""

    def __call__(self, texts: Sequence[str]) -> list[list[Entity]]:
        """Those of each text, in order and apart."""


def apart(entities: Iterable[Entity]) -> list[Entity]:
    """The entities in order; of those that overlap, the one given first stays."""
    kept: list[Entity] = []
    for entity in entities:
        if all(entity.end <= other.start or entity.start >= other.end for other in kept):
            kept.append(entity)
    return sorted(kept)


def distinct(entities: Iterable[Entity]) -> list[tuple[Kind | None, str]]:
    """Kind and name of each entity, each pair once, where it stands first."""
    return list(dict.fromkeys((entity.kind, entity.name) for entity in entities))
