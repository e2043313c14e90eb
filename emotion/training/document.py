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
        raise UsageError(f"The recipe {path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not YAML: {error}.") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{path} is not a recipe: its top level is no mapping of keys to values.")
    for change in changes:
        override(document, change)
    return document


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
