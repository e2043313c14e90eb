"""Lines of standard input, as another program sends them."""

import os
import select
import threading
from collections.abc import Iterator

from emotion.tweets.live.source import Event, Item, Quiet
from emotion.tweets.stretches import Lines, Lost, Raw

_PIECE = 1 << 16
_WAIT = 0.5  # seconds


def raw_of(line: Raw) -> bytes:
    """A line as it stands; of one that is too long its beginning, which no format can read."""
    return line.raw if isinstance(line, Lost) else line.removesuffix(b"\r")


class StandardInput:
    """One record a line, read once: what was read and not yet kept when the process is killed is lost."""

    name = "stdin"
    repeats = False

    def __init__(self, handle: int = 0) -> None:
        self._handle = handle
        self._closed = threading.Event()

    def read(self, cursor: str | None, most: int | None = None) -> Iterator[Item]:
        """Lines until the sender ends."""
        lines = Lines()
        while not self._closed.is_set():
            if not select.select([self._handle], [], [], _WAIT)[0]:
                yield Quiet()
                continue
            piece = os.read(self._handle, _PIECE)
            found = lines.add(piece) if piece else lines.end()
            yield from (Event(raw) for line in found if (raw := raw_of(line)).strip())
            if not piece:
                return

    def close(self) -> None:
        """End reading."""
        self._closed.set()
