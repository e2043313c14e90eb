"""Which columns of documents are given, and which documents a sample takes: the same whatever store gives them."""

from collections.abc import Sequence
from hashlib import md5
from typing import TYPE_CHECKING

from emotion.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

COUNTED = "counted"  # the emotion as which a tweet counts


def every_column() -> list[str]:
    """All fields of a document, then `counted`."""
    from emotion.stores.document import FIELDS

    return [*(field.name for field in FIELDS), COUNTED]


def columns(labels: Sequence[str], profile_labels: Sequence[str], names: Sequence[str] | None) -> "pa.Schema":
    """Arrow schema of the columns of these names: fields of the document, and `counted`; None gives the document.

    Raises:
        UsageError: there is no column of a name, or no name.
    """
    import pyarrow as pa

    from emotion.stores.document import schema

    document = schema(labels, profile_labels)
    if names is None:
        return document
    every = document.append(pa.field(COUNTED, pa.string()))
    if wrong := next((name for name in names if name not in every.names), None):
        raise UsageError(f"There is no column {wrong!r}; a document has {', '.join(every.names)}.")
    if not names:
        raise UsageError(f"No column was named; a document has {', '.join(every.names)}.")
    return pa.schema([every.field(name) for name in dict.fromkeys(names)])


def mark(tweet_id: str, seed: int) -> str:
    """Where a tweet stands in a sample: those of the lowest marks are taken. SQL says the same, see `MARK`."""
    return md5(f"{seed}:{tweet_id}".encode(), usedforsecurity=False).hexdigest()


MARK = "md5(concat($seed, ':', tweet_id))"
