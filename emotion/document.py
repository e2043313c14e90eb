"""A YAML document on its way to a recipe or a space: read over its base, and keys changed from outside."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from emotion.errors import ConfigError, UsageError


def read_document(path: Path, changes: Sequence[str] = ()) -> dict[str, Any]:
    """The keys and values of a YAML file, after `a.b=value` changes.

    With `extends`, a file beside it, they are those of that base, in place of which its own stand; its `changes`, by
    keys as `put` names them, reach into the base.

    Raises:
        UsageError: it cannot be read, or a change names no key.
        ConfigError: it is no YAML, no mapping, or extends what extends another one itself.
    """
    document = _parsed(path)
    if "extends" in document:
        document = _over_base(path, document)
    for change in changes:
        override(document, change)
    return document


def _parsed(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not YAML: {error}.") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{path} is not a recipe or space: its top level is no mapping of keys to values.")
    return document


def _over_base(path: Path, own: dict[str, Any]) -> dict[str, Any]:
    name, changes = own.pop("extends"), own.pop("changes", {})
    if not isinstance(name, str) or not isinstance(changes, dict):
        raise ConfigError(f"{path}: extends names a file, and changes are keys with values.")
    try:
        document = _parsed(path.parent / name)
    except UsageError as error:
        raise UsageError(f"{path}: extends: {error}") from None
    if "extends" in document:
        raise ConfigError(f"{path}: extends: {name} extends another one itself; name that, and say all changes here.")
    for key, value in changes.items():
        put(document, str(key), value, f"{path}: changes.{key}")
    return document | own


def override(document: dict[str, Any], change: str) -> None:
    """Set one key of a parsed document, as `a.b=value` or `a.0.b=value` names it; else a UsageError."""
    name, equals, value = change.partition("=")
    if not equals or not name:
        raise UsageError(f"--set {change!r}: expected a.b=value.")
    try:
        meant = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise UsageError(f'--set {change!r}: {value!r} is not YAML; quote a text that holds its signs: "…".') from None
    put(document, name, meant, f"--set {change!r}")


def put(document: dict[str, Any], name: str, value: Any, said: str) -> None:
    """Set the key that `a.b`, `a.0.b` or, in each element of a list, `a.*.b` names; a UsageError begins with `said`.

    A key that has dots itself, as a space's parameters have, is met before one that has none.
    """
    _put(document, name.split("."), value, said)


def _put(place: Any, steps: Sequence[str], value: Any, said: str) -> None:
    if isinstance(place, list) and steps[0] == "*" and len(steps) > 1:
        for number in range(len(place)):
            _put(place, [str(number), *steps[1:]], value, said)
        return
    key, rest = _step(place, steps, said)
    if rest:
        inner = place.get(key, {}) if isinstance(place, dict) else place[key]
        place[key] = copy.copy(inner)  # by an anchor of YAML, the same may stand elsewhere too
        _put(place[key], rest, value, said)
    else:
        place[key] = value


def _step(place: Any, steps: Sequence[str], said: str) -> tuple[Any, Sequence[str]]:
    """The key or number to go by from here, and the steps that are left."""
    first, rest = steps[0], steps[1:]
    if isinstance(place, dict):
        for count in range(len(steps), 1, -1):
            if (dotted := ".".join(steps[:count])) in place:
                return dotted, steps[count:]
        return first, rest
    if isinstance(place, list):
        if first.isdigit() and int(first) < len(place):
            return int(first), rest
        raise UsageError(f"{said}: there is no {first!r}.")
    raise UsageError(f"{said}: {place!r} holds no key {first!r}.")
