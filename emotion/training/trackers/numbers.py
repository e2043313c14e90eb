"""Recipes and measures as trackers want them: flat, one name and one value each."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from emotion.training.recipe import Recipe
from emotion.training.trackers.tracker import Parameter, Run

_LONGEST = 500  # characters of a value; MLflow refuses 6,000
_PLACES = ("epoch", "stage")  # of a record: where in training it belongs, no measure
_SPLITS = ("train", "validation")


def run_of(recipe: Recipe, name: str | None = None) -> Run:
    """The training of a recipe; what the recipe says for the card alone is left out."""
    parameters = flat(recipe.model_dump(mode="json", exclude={"license", "limits"}))
    short = {key: value[:_LONGEST] if isinstance(value, str) else value for key, value in parameters.items()}
    return Run(name or recipe.name, recipe.name, short)


def flat(document: Mapping[str, Any]) -> dict[str, Parameter]:
    """`{"a": {"b": [{"c": 1}]}}` is `{"a.b.0.c": 1}`; a list of values is one value, and what is empty is left out."""
    return {name: value for name, value in _leaves("", document) if value != ""}


def epoch_numbers(record: Mapping[str, Any]) -> dict[str, float]:
    """The measures of an epoch, of training and validation apart: `validation/set.head.measure`."""
    return {_grouped(name): float(value) for name, value in record.items() if name not in _PLACES and _is_number(value)}


def final_numbers(metrics: Mapping[str, Any]) -> dict[str, float]:
    """What a bundle is worth, as `final/set.split.head.measure`."""
    return {
        f"final/{name}.{split}.{head}.{measure}": float(value)
        for name, found in metrics["sets"].items()
        for split in ("validation", "test")
        for head, measures in found.get(split, {}).items()
        for measure, value in measures.items()
        if _is_number(value) and measure != "rows"
    }


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Parameter]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        yield from _leaves(name, dict(enumerate(value)))
    elif isinstance(value, list | tuple):
        yield name, ", ".join(map(str, value))
    elif value is not None:
        yield name, value if isinstance(value, bool | int | float) else str(value)


def _grouped(name: str) -> str:
    """Trackers show together what stands before a slash; what names no split was measured on validation."""
    split, _, rest = name.partition(".")
    return f"{split}/{rest}" if split in _SPLITS else f"validation/{name}" if rest else name


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
