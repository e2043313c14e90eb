"""How much a server takes: requests in flight and their size, more while it keeps up, half where it does not."""

import threading
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MOST_IN_FLIGHT = 4
MOST_DOCUMENTS = 2_000
_FEWEST_BYTES, _FIRST_BYTES, _MOST_BYTES = 64 << 10, 4 << 20, 16 << 20  # of a request, before it is compressed
_QUICK, _SLOW = 2.0, 10.0  # seconds of an answer


class Action(NamedTuple):
    """One line pair of a bulk request, and the row to which its answer belongs."""

    row: int
    lines: bytes


class Pace:
    """Adapts to rejections and to latency (additive increase, multiplicative decrease); threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 2.0
        self._most = _MOST_BYTES
        self.bytes = _FIRST_BYTES

    @property
    def window(self) -> int:
        """Requests that may be in flight."""
        return int(self._window)

    def saw(self, seconds: float, rejected: bool) -> None:
        """Take in how long an answer took, and whether the server rejected any of it as too much."""
        with self._lock:
            if rejected or seconds > _SLOW:
                self._window = max(1.0, self._window / 2)
                self.bytes = max(_FEWEST_BYTES, self.bytes // 2)
            elif seconds < _QUICK:
                self._window = min(float(MOST_IN_FLIGHT), self._window + 1 / self._window)
                self.bytes = min(self._most, self.bytes + self.bytes // 8)

    def refused(self, size: int) -> None:
        """Take in that no request of that size is let through at all, by the server or what stands before it."""
        with self._lock:
            self._most = min(self._most, max(_FEWEST_BYTES, size // 2))
            self.bytes = min(self.bytes, self._most)

    def chunks(self, actions: Iterable[Action]) -> Iterator[list[Action]]:
        """The actions in requests of the size that the server takes now."""
        chunk: list[Action] = []
        size = 0
        for action in actions:
            if chunk and (size + len(action.lines) > self.bytes or len(chunk) >= MOST_DOCUMENTS):
                yield chunk
                chunk, size = [], 0
            chunk.append(action)
            size += len(action.lines)
        if chunk:
            yield chunk
