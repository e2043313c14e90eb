"""Which batches of which live sources a store holds already."""

from collections.abc import Iterable

from emotion.stores.finish.live import KEPT_DIGESTS, Runs, newest, put_in, within
from emotion.stores.ledger import LIVE_FILES, Counts, LiveDone
from emotion.stores.live.batch import check_same


class Batches:
    """Sources, their numbers in the ledger, runs of their sequence numbers, and digests of the highest."""

    def __init__(self, finished: Iterable[LiveDone], pending: Iterable[Counts]) -> None:
        self._files = {live.source: live.file for live in finished}
        self._runs: dict[str, Runs] = {live.source: list(live.runs) for live in finished}
        self._digests = {live.source: dict(live.digests) for live in finished}
        for commit in pending:
            self._files[commit.source] = commit.file
            self.add(commit.source, commit.split, commit.digest)
        self._next = max(self._files.values(), default=LIVE_FILES - 1) + 1

    def holds(self, source: str, sequence: int, digest: str) -> bool:
        """Whether the batch is durable.

        Raises:
            NumberTaken: another one with that number is, as far as digests are kept.
        """
        if not within(self._runs.get(source, []), sequence):
            return False
        check_same(source, sequence, self._digests.get(source, {}).get(sequence, ""), digest)
        return True

    def file(self, source: str) -> int:
        """The source's number in the ledger; a new one for a new source."""
        if source not in self._files:
            self._files[source] = self._next
            self._next += 1
        return self._files[source]

    def add(self, source: str, sequence: int, digest: str) -> None:
        """The batch is durable from now on."""
        put_in(self._runs.setdefault(source, []), sequence)
        digests = self._digests.setdefault(source, {})
        digests[sequence] = digest
        if len(digests) > 2 * KEPT_DIGESTS:
            self._digests[source] = newest(digests)
