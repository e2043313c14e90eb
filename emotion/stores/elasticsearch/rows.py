"""Rows of a part before they are sent."""

from typing import Any

import numpy as np
import pyarrow as pa

from emotion.errors import JobError
from emotion.stores.protocol import Turn

_SPLITS, _PARTS = 1 << 22, 1 << 17  # most of a start, and of a split
_STEP = 1  # bits below: a document whose line was corrected wins over itself
FIRST_VERSION = (_SPLITS * _PARTS) << _STEP  # no document that a job wrote has a lower one


def version_of(turn: Turn) -> int:
    """The external version of a part's documents, below 2**63.

    Raises:
        JobError: there are more starts, splits or parts than it has room for.
    """
    if turn.start >= _SPLITS or turn.split >= _SPLITS or turn.part >= _PARTS:
        raise JobError(f"The archive has too many starts, splits or parts for an index ({turn}); use several stores.")
    place = (_SPLITS - 1 - turn.split) * _PARTS + (_PARTS - 1 - turn.part)
    return ((turn.start + 1) * _SPLITS * _PARTS + place) << _STEP


def first_copies(ids: pa.Array) -> tuple[Any, Any]:
    """Rows that are the first with their id, in order; and for each row a number that equal ids share."""
    codes = ids.dictionary_encode().indices.to_numpy().astype(np.int64)
    _, firsts = np.unique(codes, return_index=True)
    return np.sort(firsts), codes


def column(table: pa.Table, name: str) -> pa.Array:
    """A column as one array."""
    found = table[name].combine_chunks()
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks)
