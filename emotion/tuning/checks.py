"""Faults of a space that no key shows by itself: names and values that its recipe does not know."""

from collections.abc import Iterator, Set
from dataclasses import replace
from typing import Any

import numpy as np

from emotion.errors import ConfigError, UsageError
from emotion.models.description import TRAINING_ONLY
from emotion.report.search import written
from emotion.tuning.parameter import Parameter
from emotion.tuning.proposing.chance import drawn
from emotion.tuning.proposing.grid import MOST, Grid
from emotion.tuning.space import Space, Values

MOST_VALUES = 1_000_000  # of one parameter in a grid
DRAWS = 32  # recipes drawn to find values that do not go together
_MEASURED = ("split", "validation", "test", "format", "columns", "only")  # keys of a set
_MAY_CHANGE = ("optimiser", "losses", "weight")  # parts of a key whose value no shape hangs on


def faults_of(space: Space) -> list[str]:
    """All of them; values are drawn of parameters whose conditions can be met."""
    conditions = {name: [*_conditions(space, name)] for name in space.parameters}
    faults = [fault for found in conditions.values() for fault in found]
    faults += [*_common(space), *_starts(space), *_mutations(space), *_grid(space)]
    sound = without(space, {name for name, found in conditions.items() if found})
    return list(dict.fromkeys([*faults, *_values(sound)]))


def without(space: Space, names: Set[str]) -> Space:
    """The space without these parameters, and those that hang on them."""
    left: dict[str, Parameter] = {}
    for name, parameter in space.parameters.items():
        if name not in names and left.keys() >= parameter.when.keys():
            left[name] = parameter
    return replace(space, config=space.config.model_copy(update={"parameters": left}))


def mutable(space: Space) -> tuple[str, ...]:
    """Parameters that may change while a network is trained: rates, schedules, clipping, dropouts, losses."""
    chosen = space.config.search.mutate
    return tuple(name for name in space.parameters if _may_change(space, name)) if chosen is None else chosen


def _may_change(space: Space, name: str) -> bool:
    return all(_is_free(key) for key in _keys(space, name))


def _keys(space: Space, name: str) -> list[str]:
    """The keys of the recipe that a parameter sets."""
    options = space.parameters[name].options
    return [name] if options is None else list(dict.fromkeys(key for each in options.values() for key in each))


def _is_free(key: str) -> bool:
    parts = key.split(".")
    return any(part in parts for part in _MAY_CHANGE) or (parts[0] == "model" and parts[-1] in TRAINING_ONLY)


def _conditions(space: Space, name: str) -> Iterator[str]:
    names = list(space.parameters)
    for other, allowed in space.parameters[name].when.items():
        place = f"parameters.{name}.when.{other}"
        if other not in names:
            yield f"{place}: there is no such parameter"
        elif names.index(other) >= names.index(name):
            yield f"{place}: it must stand before {name}"
        else:
            unknown = [value for value in allowed if not space.parameters[other].holds(value)]
            yield from (f"{place}: {other} is never {value!r}" for value in unknown)


def _common(space: Space) -> Iterator[str]:
    """What all trials must have in common: their seed, and the rows that they are measured on."""
    for name in space.parameters:
        for key in _keys(space, name):
            parts = key.split(".")
            if key == "seed":
                yield f"parameters.{name}: all trials have one seed; winner.seeds trains the best with several"
            elif parts[0] == "sets" and (len(parts) < 3 or parts[2] in _MEASURED):
                yield f"parameters.{name}: {key} decides which rows are measured on, by which trials are compared"


def _grid(space: Space) -> Iterator[str]:
    search = space.config.search
    if search.searcher != "grid":
        return
    if fine := [name for name, parameter in space.parameters.items() if parameter.count() > MOST_VALUES]:
        yield from (f"parameters.{name}: a grid over its values has no end; name how many, by grid" for name in fine)
    elif search.trials is None and Grid(space).count(MOST + 1) > MOST:
        yield f"search.searcher: the grid has more than {MOST:,} combinations; name search.trials, or fewer values"


def _starts(space: Space) -> Iterator[str]:
    for number, start in enumerate(space.config.search.start):
        for name, value in start.items():
            place = f"search.start.{number}.{name}"
            if name not in space.parameters:
                yield f"{place}: there is no such parameter"
            elif not space.parameters[name].holds(value):
                yield f"{place}: {value!r} is none of its values"
            else:
                yield from (f"{place}: {fault}" for fault in _inactive(space.parameters[name], start))


def _inactive(parameter: Parameter, start: Values) -> Iterator[str]:
    """Why a value at which to start would be dropped, or would be by chance."""
    for other, allowed in parameter.when.items():
        if start.get(other) not in allowed:
            said = " or ".join(map(repr, allowed))
            yield f"it has no meaning unless {other} is {said}, which the same start must say"


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
    """Each value of each parameter by itself, then values drawn together; what is wrong is told once, base left out."""
    random, told = np.random.default_rng(0), dict.fromkeys(_of_recipe(space, {}), "")
    for name, parameter in space.parameters.items():
        for value in parameter.edges():
            values = _around(space, name, value, random)
            if values is not None:
                for said in _of_recipe(space, values):
                    told.setdefault(said, f"parameters.{name}: {value!r}")
    for _ in range(DRAWS):
        values = drawn(space, random)
        for said in _of_recipe(space, values):
            told.setdefault(said, f"parameters: {written.values(values)}")
    yield from (f"{place}: {said}" for said, place in told.items() if place)


def _around(space: Space, name: str, value: Any, random: np.random.Generator) -> Values | None:
    """Values in which the parameter has this one; None where that was not drawn."""
    for _ in range(DRAWS):
        found = drawn(space, random, {name: value})
        if found.get(name) == value:
            return found
    return None


def _of_recipe(space: Space, values: Values) -> list[str]:
    try:
        space.recipe(values)
    except UsageError as error:
        return [str(error)]
    except ConfigError as error:
        return [line.strip() for line in str(error).splitlines()[1:]]
    return []
