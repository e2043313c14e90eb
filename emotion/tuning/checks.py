"""Faults of a space that no key shows by itself: names and values that its recipe does not know."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from emotion.errors import ConfigError, UsageError
from emotion.models.description import TRAINING_ONLY
from emotion.tuning.proposing.chance import drawn
from emotion.tuning.space import Space, Values, written

DRAWS = 32  # recipes drawn to find values that do not go together
_MAY_CHANGE = ("optimiser", "losses", "weight")  # parts of a key whose value no shape hangs on


def faults_of(space: Space) -> list[str]:
    """All of them."""
    faults = [*_conditions(space), *_starts(space), *_mutations(space)]
    if not faults:  # else what is drawn means little
        faults = [*_values(space)]
    return list(dict.fromkeys(faults))


def mutable(space: Space) -> tuple[str, ...]:
    """Parameters that may change while a network is trained: rates, schedules, clipping, dropouts, losses."""
    chosen = space.config.search.mutate
    return tuple(name for name in space.parameters if _may_change(space, name)) if chosen is None else chosen


def _may_change(space: Space, name: str) -> bool:
    options = space.parameters[name].options
    keys = [name] if options is None else [key for each in options.values() for key in each]
    return all(_is_free(key) for key in keys)


def _is_free(key: str) -> bool:
    parts = key.split(".")
    return any(part in parts for part in _MAY_CHANGE) or (parts[0] == "model" and parts[-1] in TRAINING_ONLY)


def _conditions(space: Space) -> Iterator[str]:
    before: set[str] = set()
    for name, parameter in space.parameters.items():
        for other, allowed in parameter.when.items():
            place = f"parameters.{name}.when.{other}"
            if other not in space.parameters:
                yield f"{place}: there is no such parameter"
            elif other not in before:
                yield f"{place}: it must stand before {name}"
            else:
                unknown = [value for value in allowed if not space.parameters[other].holds(value)]
                yield from (f"{place}: {other} is never {value!r}" for value in unknown)
        before.add(name)


def _starts(space: Space) -> Iterator[str]:
    for number, start in enumerate(space.config.search.start):
        for name, value in start.items():
            place = f"search.start.{number}.{name}"
            if name not in space.parameters:
                yield f"{place}: there is no such parameter"
            elif not space.parameters[name].holds(value):
                yield f"{place}: {value!r} is none of its values"


def _mutations(space: Space) -> Iterator[str]:
    search = space.config.search
    if search.mutate is not None and search.scheduler != "pbt":
        yield "search.mutate: only a population (scheduler: pbt) changes parameters"
    for name in search.mutate or ():
        if name not in space.parameters:
            yield f"search.mutate: there is no parameter {name!r}"
        elif not _may_change(space, name):
            yield f"search.mutate: {name} decides shapes or data, which cannot change while a network is trained"
    if search.scheduler == "pbt" and not mutable(space):
        yield "search.scheduler: pbt changes rates, clipping, dropouts or losses, and no parameter is one of these"


def _values(space: Space) -> Iterator[str]:
    """Each value of each parameter by itself, then values drawn together."""
    random = np.random.default_rng(0)
    for name, parameter in space.parameters.items():
        for value in parameter.edges():
            values = _around(space, name, value, random)
            if values is not None:
                yield from _of_recipe(space, values, f"parameters.{name}: {value!r}")
    for _ in range(DRAWS):
        values = drawn(space, random)
        yield from _of_recipe(space, values, f"parameters: {written(values)}")


def _around(space: Space, name: str, value: Any, random: np.random.Generator) -> Values | None:
    """Values in which the parameter has this one; None where that was not drawn."""
    for _ in range(DRAWS):
        found = drawn(space, random, {name: value})
        if found.get(name) == value:
            return found
    return None


def _of_recipe(space: Space, values: Values, place: str) -> Iterator[str]:
    try:
        space.recipe(values)
    except UsageError as error:
        yield f"{place}: {error}"
    except ConfigError as error:
        yield from (f"{place}: {line.strip()}" for line in str(error).splitlines()[1:])
