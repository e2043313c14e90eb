"""A function remembered, as a dictionary that fills itself: a hit costs one lookup and no Python call."""

from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")

LIMIT = 1 << 16  # entries of one generation
LONGEST = 64  # characters of a key worth keeping


class Memo(dict[str, V], Generic[V]):
    """`memo[key]` is `function(key)`.

    Holds two generations of `limit` entries at most: when the young one is full it becomes the old one, from which what
    is met again comes back. Keys that start with one of `passing` are not expected again and not kept.
    """

    def __init__(self, function: Callable[[str], V], limit: int = LIMIT, passing: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._function = function
        self._limit = limit
        self._passing = passing
        self._old: dict[str, V] = {}

    def __missing__(self, key: str) -> V:
        if len(key) > LONGEST or key.startswith(self._passing):
            return self._function(key)
        old = self._old
        value = old[key] if key in old else self._function(key)
        if len(self) >= self._limit:
            self._old = dict(self)
            self.clear()
        self[key] = value
        return value
