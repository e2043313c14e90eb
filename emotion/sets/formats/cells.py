"""From the cells of a table to a labelled set: texts, names of labels, scores."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.errors import DataError
from emotion.sets.formats.columns import MOST_LABELS
from emotion.sets.labelled import LabelledSet, Targets, several, single

Place = Callable[[int], str]
"""The place of row i (from 0) in its file, as `FILE, line 3`."""


def one_label(path: Path, texts: list[str], names: Sequence[str]) -> LabelledSet:
    """A label a text."""
    check_labels(path, names)
    return single(texts, names)


def many_labels(path: Path, texts: list[str], names: Sequence[Sequence[str]]) -> LabelledSet:
    """Any number of labels a text."""
    check_labels(path, (name for row in names for name in row))
    return several(texts, names)


def scored(labels: tuple[str, ...], texts: list[str], scores: Sequence[Targets]) -> LabelledSet:
    """Targets (N,) for each label, of which there may be none."""
    targets = np.stack(scores, axis=1) if scores else np.zeros((len(texts), 0), np.float32)
    return LabelledSet(labels, texts, targets, multi=True)


def check_labels(where: object, names: Iterable[str]) -> None:
    """Refuse a column that holds something else than labels, before a matrix of its width is made."""
    if (count := len(set(names))) > MOST_LABELS:
        raise DataError(
            f"{where} holds {count:,} different labels, at most {MOST_LABELS:,} are read; is it that column?"
        )


def score_column(label: str, cells: Sequence[Any], place: Place) -> Targets:
    """Targets (N,) of one label from cells that hold numbers or their digits."""
    scores = np.fromiter(map(_number, cells), np.float64, len(cells))
    return checked_scores(label, scores, place, lambda row: cells[row])


def checked_scores(label: str, scores: NDArray[Any], place: Place, cell: Callable[[int], Any]) -> Targets:
    """The scores (N,) as targets; a DataError names the first that is no number from 0 to 1."""
    with np.errstate(over="ignore"):  # infinity is told like any other number that is too large
        targets = scores.astype(np.float32)
    good = (targets >= 0) & (targets <= 1)
    if not good.all():
        row = int(good.argmin())
        found = repr(cell(row))
        raise DataError(f"{place(row)}: {label!r} holds {found[:60]}, which is no number from 0 to 1.")
    return targets


def _number(cell: Any) -> float:
    """NaN for what is no number."""
    try:
        return float(cell)
    except (ValueError, TypeError, OverflowError):
        return float("nan")
