"""Batches as a crawler writes them, and a process that writes them until it is killed.

Run as a program: `python made_live.py STORE BATCHES`. It writes batch after batch and says each one that is durable.
"""

import sys
from pathlib import Path

from emotion.stores.described import describe
from emotion.stores.directory.live import DirectoryLive
from emotion.stores.directory.pace import Pace
from emotion.stores.ledger import Tombstones
from emotion.tweets.tweet import DeadLetter
from tests.made_store import made_batch
from tests.stores.parts import LABELS, PROFILE_LABELS, Row, made_documents

DESCRIBED = describe(LABELS, PROFILE_LABELS)
OFTEN = Pace(batches=3, rest=0.0)
SOURCE = "crawler-1"


def live(root: Path, pace: Pace | None = None) -> DirectoryLive:
    """A live writer that compacts often."""
    return DirectoryLive(root, DESCRIBED, pace=pace or Pace(batches=3, rest=0.0))


def ids(sequence: int) -> list[str]:
    """Five new ids, and the last one of the batch before."""
    return [f"{number:04d}" for number in range(sequence * 5 - 1, sequence * 5 + 5)]


def write(store: DirectoryLive, sequence: int, source: str = SOURCE) -> None:
    """The batch of that number: always the same, over two months, with a notice and a dead letter now and then."""
    rows = [Row(id, at=f"2026-1{sequence % 2}-05") for id in ids(sequence)]
    gone = Tombstones(tweets=[ids(sequence)[2]] if sequence % 3 == 0 else [])
    dead = [DeadLetter(1, "not JSON", b"{")] if sequence % 4 == 0 else []
    store.write(source, sequence, made_batch(made_documents(rows, source, 6 * sequence), gone, dead))


def main(root: str, batches: str) -> None:
    """Write all batches, then close."""
    with live(Path(root)) as store:
        for sequence in range(1, int(batches) + 1):
            write(store, sequence)
            print(sequence, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
