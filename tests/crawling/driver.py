"""A crawl in a process of its own, to be killed: `python -m tests.crawling.driver ARCHIVE STORE RAW`.

From an archive replayed to a directory store; the model is one that tests make.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from emotion.crawling.crawl import CrawlOptions, crawl
from emotion.crawling.intake import Batching
from emotion.crawling.targets import Receipt
from emotion.stores.directory.live import DirectoryLive
from emotion.stores.directory.pace import Pace
from emotion.stores.document import Context
from emotion.stores.live.records import read
from emotion.tweets.live.replay import Replay
from tests.stores.live.made_live import DESCRIBED
from tests.stores.parts import made_predictions


class Labelling:
    """A store as the target, with made predictions."""

    name = "store"

    def __init__(self, root: Path) -> None:
        self._store = DirectoryLive(root, DESCRIBED, pace=Pace(batches=4, rest=0.0))

    def send(self, source: str, sequence: int, records: Sequence[bytes]) -> Receipt:
        """Label and write."""
        found = read(records, f"{source}/{sequence}")
        labelled = found.labelled(made_predictions(found.texts), Context(source, "exact", source, 0))
        self._store.write(source, sequence, labelled)
        return Receipt(labelled.documents.num_rows, len(labelled.dead_letters), labelled.deleted)

    def close(self) -> None:
        """Bring the store in order."""
        self._store.close()


def main(archive: str, store: str, raw: str) -> None:
    """Replay the archive into the store, and keep it raw."""
    options = CrawlOptions(store, Path(f"{store}.crawl"), keep_raw=Path(raw), batching=Batching(records=10))
    outcome = crawl(Replay([archive]), lambda _: Labelling(Path(store)), options)
    print(outcome.counts["received"], outcome.counts["waiting"])


if __name__ == "__main__":
    main(*sys.argv[1:])
