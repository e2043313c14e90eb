"""All combinations of the values of a space, those that differ only in what has no meaning once."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from emotion.tuning.space import Space, Values


def combinations(space: Space) -> Iterator[dict[str, Any]]:
    """In the order of the file, the last parameter moving fastest."""
    yield from _with(space, list(space.parameters), {})


def _with(space: Space, names: Sequence[str], values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not names:
        yield values
        return
    name, parameter = names[0], space.parameters[names[0]]
    if not parameter.active(values):
        yield from _with(space, names[1:], values)
        return
    for value in parameter.points():
        yield from _with(space, names[1:], values | {name: value})


class Grid:
    """Each combination once."""

    def __init__(self, space: Space) -> None:
        self._space = space

    @cached_property
    def _all(self) -> list[dict[str, Any]]:
        return list(combinations(self._space))

    def __len__(self) -> int:
        return len(self._all)

    def propose(self, number: int) -> Values | None:
        return self._all[number] if number < len(self._all) else None

    def adopt(self, number: int, values: Values) -> None:
        """A grid has its places by number."""

    def tell(self, number: int, values: Values, scores: Sequence[float] | None, epochs: int, whole: bool) -> None:
        """A grid learns nothing."""
