"""What a search looks for, and which trials no other trial beats in all of it."""

from collections.abc import Mapping, Sequence
from typing import Literal

from emotion.report.search.found import Trial
from emotion.tuning.settings import Objective

DIRECTIONS: Mapping[Objective, Literal["maximize", "minimize"]] = {
    "quality": "maximize",
    "speed": "maximize",
    "size": "minimize",
}


def scores(trial: Trial, objectives: Sequence[Objective]) -> list[float] | None:
    """What a trial reached in each objective, or None where one of them was not measured."""
    found = [getattr(trial, objective) for objective in objectives]
    return None if None in found else [float(value) for value in found]
