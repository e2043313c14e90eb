"""A YAML document on its way to a recipe: read, keys changed from outside, and its faults in words."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from emotion.errors import ConfigError, UsageError


def read_document(path: Path, changes: Sequence[str] = ()) -> dict[str, Any]:
    """The keys and values of a YAML file, after `a.b=value` changes.

    Raises:
        UsageError: it cannot be read, or a change names no key.
        ConfigError: it is no YAML, or no mapping.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not YAML: {error}.") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{path} is not a recipe or space: its top level is no mapping of keys to values.")
    for change in changes:
        override(document, change)
    return document


def override(document: dict[str, Any], change: str) -> None:
    """Set one key of a parsed document, as `a.b=value` or `a.0.b=value` names it; else a UsageError."""
    name, equals, value = change.partition("=")
    if not equals or not name:
        raise UsageError(f"--set {change!r}: expected a.b=value.")
    put(document, name, yaml.safe_load(value), f"--set {change!r}")


def put(document: dict[str, Any], name: str, value: Any, said: str) -> None:
    """Set the key that `a.b`, `a.0.b` or, in each element of a list, `a.*.b` names; a UsageError begins with `said`."""
    *path, last = name.split(".")
    places: list[Any] = [document]
    for step in path:
        places = [inner for place in places for inner in _inside(place, step, said)]
    for place in places:
        if isinstance(place, list):
            _element(place, last, said)
            place[int(last)] = value
        elif isinstance(place, dict):
            place[last] = value
        else:
            raise UsageError(f"{said}: {'.'.join(path)} is {place!r}, which holds no keys.")


def _inside(place: Any, step: str, said: str) -> list[Any]:
    if step == "*" and isinstance(place, list):
        return place
    return [place.setdefault(step, {}) if isinstance(place, dict) else _element(place, step, said)]


def _element(place: Any, step: str, said: str) -> Any:
    if isinstance(place, list) and step.isdigit() and int(step) < len(place):
        return place[int(step)]
    raise UsageError(f"{said}: there is no {step!r}.")


def said(fault: Mapping[str, Any]) -> str:
    """A fault that pydantic found, in words."""
    if fault["type"] == "extra_forbidden":
        return "there is no such key"
    if fault["type"] == "value_error":  # a sentence of ours
        return str(fault["ctx"]["error"])
    given = repr(fault["input"])
    return f"{fault['msg']}, not {given[:60]}{'…' * (len(given) > 60)}"
