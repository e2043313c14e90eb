"""Which batches of which live sources a store holds already."""

from collections.abc import Iterable

from emotion.stores.finish.live import Runs, put_in, within
from emotion.stores.ledger import LIVE_FILES, Counts, LiveDone


class Batches:
    """Sources, their numbers in the ledger, and runs of their sequence numbers."""

    def __init__(self, finished: Iterable[LiveDone], pending: Iterable[Counts]) -> None:
        self._files = {live.source: live.file for live in finished}
        self._runs: dict[str, Runs] = {live.source: list(live.runs) for live in finished}
        for commit in pending:
            self._files[commit.source] = commit.file
            self.add(commit.source, commit.split)
        self._next = max(self._files.values(), default=LIVE_FILES - 1) + 1

    def holds(self, source: str, sequence: int) -> bool:
        """Whether the batch is durable."""
        return within(self._runs.get(source, []), sequence)

    def file(self, source: str) -> int:
        """The source's number in the ledger; a new one for a new source."""
        if source not in self._files:
            self._files[source] = self._next
            self._next += 1
        return self._files[source]

    def add(self, source: str, sequence: int) -> None:
        """The batch is durable from now on."""
        put_in(self._runs.setdefault(source, []), sequence)
