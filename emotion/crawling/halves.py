"""Which pieces of a frame were refused as a whole: noted, so that a frame that a kill brought again goes in the same.

A tweet without an id gets one of its batch's name, so in another piece it would be another tweet.
"""

from contextlib import suppress
from pathlib import Path

import msgspec

from emotion.errors import StoreError
from emotion.stores.files import read_whole, write_whole


class _Kept(msgspec.Struct):
    """The content of `halves.json`: a frame, and of its pieces how often they were halved and their first places."""

    frame: int = 0
    pieces: list[tuple[int, int]] = []


class Halves:
    """The note about the frame that is being sent; that of the one before is forgotten."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "halves.json"
        self._kept = read_whole(self._path, _Kept) or _Kept()

    def are_of(self, frame: int) -> bool:
        """Whether this frame goes in pieces."""
        return self._kept.frame == frame

    def hold(self, frame: int, halved: int, first: int) -> bool:
        """Whether this piece was refused as a whole."""
        return self._kept.frame == frame and (halved, first) in self._kept.pieces

    def add(self, frame: int, halved: int, first: int) -> None:
        """Note that it was."""
        if self._kept.frame != frame:
            self._kept = _Kept(frame)
        self._kept.pieces.append((halved, first))
        with suppress(StoreError):  # a full disk keeps nothing from being sent
            write_whole(self._path, msgspec.json.encode(self._kept))
