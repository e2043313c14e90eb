"""One parameter of a space: which values it may take, and when it has a meaning at all."""

import json
import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["uniform", "loguniform", "integer", "choice", "options"]
KINDS: tuple[Kind, ...] = ("uniform", "loguniform", "integer", "choice", "options")
FACTORS = (0.8, 1.2)  # by which a population changes a number (Jaderberg et al. 2017, arXiv 1711.09846)
_DIGITS = 6  # of a number drawn, so that people can read it


class Parameter(BaseModel):
    """Exactly one of `uniform`, `loguniform`, `integer` (both ends are in), `choice` and `options` says the values.

    `options` are names, each with the keys of the recipe that it sets. `step` keeps numbers to multiples above the
    lower end, `log` draws integers by their logarithm, `grid` is how many values of a range a grid takes. With `when`
    the parameter is there only where each parameter named has one of the values listed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    uniform: tuple[float, float] | None = None
    loguniform: tuple[float, float] | None = None
    integer: tuple[int, int] | None = None
    choice: tuple[Any, ...] | None = Field(default=None, min_length=1)
    options: dict[str, dict[str, Any]] | None = Field(default=None, min_length=1)
    step: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    log: bool = False
    grid: int | None = Field(default=None, ge=1)
    when: dict[str, tuple[Any, ...]] = {}

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"name exactly one of {', '.join(KINDS)}, not {' and '.join(given) or 'none'}")
        if self.bounds is not None:
            _check_bounds(self, *self.bounds)
        elif self.step is not None or self.log or self.grid is not None:
            raise ValueError("step, log and grid are for ranges of numbers")
        return self

    @cached_property
    def kind(self) -> Kind:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @cached_property
    def bounds(self) -> tuple[float, float] | None:
        """Lowest and highest of a range of numbers."""
        return self.uniform or self.loguniform or self.integer

    @cached_property
    def values(self) -> tuple[Any, ...]:
        """All values of a choice or of options; none for a range."""
        return tuple(self.options) if self.options is not None else self.choice or ()

    @property
    def logarithmic(self) -> bool:
        return self.loguniform is not None or self.log

    def holds(self, value: Any) -> bool:
        """Whether it may take this value."""
        if self.bounds is None:
            return value in self.values
        whole = self.integer is None or isinstance(value, int)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and whole and self.bounds[0] <= value <= self.bounds[1]):
            return False
        return self.step is None or bool(self.nearest(value) == value)

    def own(self, value: Any) -> Any:
        """The value as the space writes it: 0.0 of a choice for 0."""
        if self.bounds is not None:
            return value
        same = [own for own in self.values if json.dumps(own) == json.dumps(value)]
        return same[0] if same else self.values[self.values.index(value)]

    def edges(self) -> tuple[Any, ...]:
        """Each value of a choice, the least and the largest of a range."""
        return self.values if self.bounds is None else tuple(dict.fromkeys(map(self.nearest, self.bounds)))

    def draw(self, random: np.random.Generator) -> Any:
        """One value by chance."""
        return self.at(random.random())

    def at(self, share: float) -> Any:
        """The value at a share from 0 to below 1 of what there is."""
        if self.bounds is None:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        low, high = self.bounds
        if self.log:  # an integer owns the stretch up to the next one
            return self.nearest(math.floor(_between(low, high + 1 - 1e-9, share, True)))
        if self.integer is not None:  # each owns a stretch of the same length
            low, high = low - 0.5, high + 0.5
        return self.nearest(_between(low, high, share, self.logarithmic))

    def count(self) -> int:
        """How many values a grid takes, before those that are one when they are rounded."""
        return len(self.values) if self.bounds is None else self.grid or _steps(self)

    def points(self) -> Iterator[Any]:
        """The values that a grid takes, in order."""
        if self.bounds is None:
            yield from self.values
            return
        low, high = self.bounds
        count, before = self.count(), None
        for place in range(count):
            share = 0.5 if count == 1 else place / (count - 1)
            value = self.nearest(_between(low, high, share, self.logarithmic))
            if value != before:
                yield value
            before = value

    def changed(self, value: Any, random: np.random.Generator, again: float = 0.25) -> Any:
        """A value near this one, as a population explores; drawn anew with the chance `again`."""
        if value is None or random.random() < again:
            return self.draw(random)
        if self.bounds is None:
            place = self.values.index(value) + int(random.choice((-1, 1)))
            return self.values[min(max(place, 0), len(self.values) - 1)]
        return self.nearest(value * float(random.choice(FACTORS)))

    def nearest(self, value: float) -> Any:
        """The value of the range that lies nearest."""
        assert self.bounds is not None
        low, high = self.bounds
        if self.step is not None:
            most = math.floor((high - low) / self.step + 1e-9)
            value = low + min(max(round((value - low) / self.step), 0), most) * self.step
        if self.integer is not None:
            return int(min(max(math.floor(value + 0.5), low), high))
        return float(min(max(float(f"{value:.{_DIGITS}g}"), low), high))

    def active(self, values: Mapping[str, Any]) -> bool:
        """Whether it has a meaning beside these values of the parameters before it."""
        return all(name in values and values[name] in allowed for name, allowed in self.when.items())


def _between(low: float, high: float, share: float, logarithmic: bool) -> float:
    if logarithmic:
        return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    return low + share * (high - low)


def _steps(parameter: Parameter) -> int:
    """Values of a range where a grid names no number of them: all that its step allows."""
    assert parameter.bounds is not None
    low, high = parameter.bounds
    step = parameter.step or (1.0 if parameter.integer is not None else high - low)
    return int((high - low) / step + 1e-9) + 1 if step else 1


def _check_bounds(parameter: Parameter, low: float, high: float) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f"the range from {low:g} to {high:g} holds nothing")
    if parameter.logarithmic and low <= 0:
        raise ValueError(f"a logarithmic range begins above 0, not at {low:g}")
    if parameter.log and parameter.integer is None:
        raise ValueError("log is for integer; write loguniform")
    if parameter.step is not None and (parameter.logarithmic or (parameter.integer and parameter.step % 1)):
        raise ValueError("step is for uniform and integer, there a whole number, and not with log")
