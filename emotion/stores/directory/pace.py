"""When a live store is compacted: soon enough for those who read, seldom enough for those who write."""

import time
from dataclasses import dataclass, field


@dataclass
class Pace:
    """Due after so many batches, rows or seconds, but only after a rest of `rest` times what the last time took.

    Each batch that waits is a file which every question opens, so where `many` wait there is no more rest.
    """

    batches: int = 256
    rows: int = 200_000
    seconds: float = 60.0
    rest: float = 20.0
    many: int = 1024
    most_batches: int = 8192  # waiting: compacting does not keep up, so writing waits
    _batches: int = 0
    _rows: int = 0
    _first: float | None = None
    _not_before: float = field(default_factory=time.monotonic)

    def wrote(self, rows: int) -> None:
        """A batch is waiting."""
        self._batches += 1
        self._rows += rows
        self._first = time.monotonic() if self._first is None else self._first

    @property
    def is_due(self) -> bool:
        """Whether to compact now."""
        if self._first is None:
            return False
        now = time.monotonic()
        full = self._batches >= self.batches or self._rows >= self.rows or now - self._first >= self.seconds
        return full and (now >= self._not_before or self._batches >= self.many)

    @property
    def is_far_behind(self) -> bool:
        """Whether writing must wait for it."""
        return self._batches >= self.most_batches

    def began(self) -> None:
        """Compacting takes in what is waiting."""
        self._batches, self._rows, self._first = 0, 0, None

    def ended(self, seconds: float) -> None:
        """It took so long."""
        self._not_before = time.monotonic() + self.rest * seconds
