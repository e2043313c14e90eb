"""YAML: no key may stand twice; a document on its way to a recipe or a space is read over its base, and changed."""

import copy
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from emotion.errors import ConfigError, UsageError

_NO_KEYS = ("tag:yaml.org,2002:merge", "tag:yaml.org,2002:value")


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping, of which one would be lost; what `<<` merges in may be replaced."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._seen: set[yaml.MappingNode] = set()

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Look at a mapping as it is written, before what it merges is put among its own keys."""
        if node not in self._seen:
            self._seen.add(node)
            lines: dict[Hashable, int] = {}
            for key, line in self._keys(node):
                if key in lines:
                    said = f"the key {key!r} stands in line {lines[key]} and again in line {line}"
                    raise yaml.constructor.ConstructorError(problem=said)
                lines[key] = line
        super().flatten_mapping(node)

    def _keys(self, node: yaml.MappingNode) -> Iterator[tuple[Hashable, int]]:
        """Plain keys, with their lines from 1."""
        for name, _ in node.value:
            if isinstance(name, yaml.ScalarNode) and name.tag not in _NO_KEYS:
                key = self.construct_object(name)
                if isinstance(key, Hashable):
                    yield key, name.start_mark.line + 1


def parsed(text: str) -> Any:
    """What a YAML text says.

    Raises:
        yaml.YAMLError: it is none, or a key stands twice in a mapping.
        ValueError: it holds what no date or number can be.
        RecursionError: it is too deep.
    """
    return yaml.load(text, _Loader)  # nosec B506 (it is a SafeLoader)


def read_document(path: Path, changes: Sequence[str] = ()) -> dict[str, Any]:
    """The keys and values of a YAML file, after `a.b=value` changes.

    With `extends`, a file beside it, they are those of that base, in place of which its own stand; its `changes`, by
    keys as `put` names them, reach into the base.

    Raises:
        UsageError: it cannot be read, or a change names no key.
        ConfigError: it is no YAML, no mapping, or extends what extends another one itself.
    """
    document = _mapping(path)
    if "extends" in document:
        document = _over_base(path, document)
    for change in changes:
        override(document, change)
    return document


def _mapping(path: Path) -> dict[str, Any]:
    try:
        document = parsed(path.read_text(encoding="utf-8"))
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
        document = _mapping(path.parent / name)
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
        meant = parsed(value)
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
