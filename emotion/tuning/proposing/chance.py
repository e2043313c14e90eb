"""Values by chance (Bergstra and Bengio 2012), the same for the same seed and number whatever came before."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from emotion.tuning.space import Space, Values


def drawn(space: Space, random: np.random.Generator, given: Values | None = None) -> dict[str, Any]:
    """A value for each parameter that has a meaning: given, or by chance."""
    values: dict[str, Any] = {}
    for name, parameter in space.parameters.items():
        value = parameter.draw(random)  # also where it is not needed, so that chance stays the same
        if parameter.active(values):
            values[name] = value if given is None or name not in given else parameter.own(given[name])
    return values


class Chance:
    """Starting points first, then values by chance."""

    def __init__(self, space: Space) -> None:
        self._space = space

    def propose(self, number: int) -> Values:
        search = self._space.config.search
        random = np.random.default_rng([search.seed, number])
        return drawn(self._space, random, search.start[number] if number < len(search.start) else None)

    def adopt(self, number: int, values: Values) -> None:
        """Chance remembers nothing."""

    def tell(self, number: int, values: Values, scores: Sequence[float] | None, epochs: int, whole: bool) -> None:
        """Chance learns nothing."""
