"""All combinations of the values of a space, those that differ only in what has no meaning once."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from emotion.tuning.space import Space, Values

MOST = 100_000  # combinations of a grid that is searched as a whole


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
    """Each combination once; no more are made than are asked for, as a grid may have more than anybody can count."""

    def __init__(self, space: Space) -> None:
        self._rest = combinations(space)
        self._made: list[dict[str, Any]] = []

    def count(self, most: int) -> int:
        """How many there are, as far as `most`."""
        self._made += islice(self._rest, max(0, most - len(self._made)))
        return min(most, len(self._made))

    def propose(self, number: int) -> Values | None:
        return self._made[number] if self.count(number + 1) > number else None

    def adopt(self, number: int, values: Values) -> None:
        """A grid has its places by number."""

    def tell(self, number: int, values: Values, scores: Sequence[float] | None, epochs: int, whole: bool) -> None:
        """A grid learns nothing."""
