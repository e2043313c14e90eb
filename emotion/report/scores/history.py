"""The records of a training, an epoch each, as lines to draw: grouped by the dotted names of their numbers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TRAINING, VALIDATION = "training", "validation"

_SPLITS = {
    "train": TRAINING,
    "training": TRAINING,
    "validation": VALIDATION,
    "valid": VALIDATION,
    "val": VALIDATION,
    "dev": VALIDATION,
    "test": "test",
}
_NOT_DRAWN = frozenset({"epoch", "stage", "step"})
_ORDER = ("loss", "accuracy", "precision", "recall", "f1", "jaccard")
_LAST = re.compile(r"second|time|rate$|lr$|memory|norm")

Records = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Line:
    """One number by epoch; `group` names the set and head it is of, and is empty for the whole training."""

    group: str
    measure: str
    split: str
    values: tuple[float | None, ...]


def lines(records: Records) -> list[Line]:
    """The numbers of a history, loss first.

    `set.head.measure` is of validation and a name without dots of training, unless a part of the name says otherwise;
    of two names that mean the same, the last counts.
    """
    flat = [flattened(record) for record in records]
    names = dict.fromkeys(name for record in flat for name in record if name not in _NOT_DRAWN)
    found = [_line(name, tuple(record.get(name) for record in flat)) for name in names]
    unique = {(line.group, line.measure, line.split): line for line in found}
    return sorted(unique.values(), key=lambda line: (_rank(line.measure), line.measure, line.group, line.split))


def flattened(record: Mapping[str, Any], above: str = "") -> dict[str, float]:
    """The numbers of nested mappings by their dotted names; all else is left out."""
    found: dict[str, float] = {}
    for key, value in record.items():
        if isinstance(value, Mapping):
            found |= flattened(value, f"{above}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[f"{above}{key}"] = float(value)
    return found


def best(records: Records) -> int | None:
    """Index of the epoch with the best `select` in the last stage; of equals the first."""
    last = records[-1].get("stage") if records else None
    told = [at for at, record in enumerate(records) if record.get("stage") == last and "select" in record]
    return max(told, key=lambda at: (records[at]["select"], -at), default=None)


def stages(records: Records) -> list[int]:
    """Indices of epochs that begin another stage."""
    told = [record.get("stage") for record in records]
    return [at for at in range(1, len(told)) if told[at] != told[at - 1]]


def _line(name: str, values: tuple[float | None, ...]) -> Line:
    parts = re.split(r"[./]", name)
    said = [_SPLITS[part] for part in parts[:-1] if part in _SPLITS]
    rest = [part for part in parts[:-1] if part not in _SPLITS]
    usual = VALIDATION if rest or parts[-1] == "select" else TRAINING
    return Line(", ".join(rest), parts[-1], said[0] if said else usual, values)


def _rank(measure: str) -> int:
    if _LAST.search(measure):
        return len(_ORDER) + 1
    return next((at for at, name in enumerate(_ORDER) if name in measure), len(_ORDER))
