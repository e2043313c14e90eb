"""The epochs of a training as its bundle keeps them: which were of the last stage, and which one was kept."""

from collections.abc import Mapping, Sequence
from typing import Any

Record = Mapping[str, Any]
Records = Sequence[Record]


def last_stage(history: Records) -> list[Record]:
    """The epochs of the last stage, of which the best is kept."""
    last = max((record.get("stage", 1) for record in history), default=1)
    return [record for record in history if record.get("stage", 1) == last]


def best(records: Records) -> int:
    """Place of the epoch with the highest `select`; of equals the first."""
    return max(range(len(records)), key=lambda place: (records[place]["select"], -place))


def selected(metrics: Mapping[str, Any]) -> float:
    """`select` of the epoch that a bundle keeps."""
    records = last_stage(metrics["history"])
    return float(records[best(records)]["select"])
