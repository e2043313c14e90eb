"""A batch of a live writer, and how it is told from others."""

from dataclasses import dataclass

import pyarrow as pa

from emotion.errors import NumberTaken
from emotion.stores.ledger import Tombstones
from emotion.tweets.tweet import DeadLetter


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a store takes of some records: read = documents + dead letters + deleted + sum(skipped).

    `digest` tells the records from others, as they came and whatever a model says of them; without one nothing is told.
    A batch that comes `once` has a name that nobody can give again, so that it need not be remembered.
    """

    documents: pa.Table  # of `part_schema`
    dead_letters: list[DeadLetter]
    tombstones: Tombstones
    read: int
    deleted: int
    skipped: dict[str, int]
    digest: str = ""
    once: bool = False


def check_same(source: str, sequence: int, kept: str, digest: str) -> None:
    """A batch that comes again must be the one that is kept, as far as both digests are known.

    Raises:
        NumberTaken: it is another one.
    """
    if kept and digest and kept != digest:
        raise NumberTaken(
            f"The store holds other records as batch {sequence} of {source}: give every batch another number, or send "
            "under another name, as a program must that counts from the beginning whenever it is started."
        )
