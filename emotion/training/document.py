"""A YAML document on its way to a recipe: keys changed from outside, and its faults in words."""

from collections.abc import Mapping
from typing import Any

import yaml

from emotion.errors import UsageError


def override(document: dict[str, Any], change: str) -> None:
    """Set one key of a parsed document, as `a.b=value` or `a.0.b=value` names it; else a UsageError."""
    name, equals, value = change.partition("=")
    if not equals or not name:
        raise UsageError(f"--set {change!r}: expected a.b=value.")
    *path, last = name.split(".")
    place: Any = document
    for step in path:
        place = place.setdefault(step, {}) if isinstance(place, dict) else _element(place, step, change)
    if isinstance(place, list):
        _element(place, last, change)
        place[int(last)] = yaml.safe_load(value)
    elif isinstance(place, dict):
        place[last] = yaml.safe_load(value)
    else:
        raise UsageError(f"--set {change!r}: {'.'.join(path)} is {place!r}, which holds no keys.")


def _element(place: Any, step: str, change: str) -> Any:
    if isinstance(place, list) and step.isdigit() and int(step) < len(place):
        return place[int(step)]
    raise UsageError(f"--set {change!r}: there is no {step!r}.")


def said(fault: Mapping[str, Any]) -> str:
    """A fault that pydantic found, in words."""
    if fault["type"] == "extra_forbidden":
        return "there is no such key"
    given = repr(fault["input"])
    return f"{fault['msg']}, not {given[:60]}{'…' * (len(given) > 60)}"
