"""What a target will never take: kept beside the buffer, each record once."""

import mmap
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from emotion.stores.files import append_line


class _Entry(msgspec.Struct):
    """A line of `refused.jsonl`: which record of which frame of which buffer, why, and the record itself."""

    source: str = ""
    sequence: int = 0
    place: int = 0
    reason: str = ""
    raw: str = ""


class Refusals:
    """Keeps what is refused of the frames of one buffer, in their order.

    A frame that a kill brought again may be refused again: what stands there already is known by its place.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "refused.jsonl"
        self._reached = self._reach()

    def keep(self, source: str, sequence: int, lines: Sequence[bytes], reasons: Mapping[int, str]) -> None:
        """Add records of a frame, by their places in it, in one step that outlives a power loss."""
        reached = self._reached[1:] if self._reached[0] == source else (-1, -1)
        entries = [
            msgspec.json.encode(_Entry(source, sequence, place, reason, lines[place].decode("utf-8", "replace")))
            for place, reason in sorted(reasons.items())
            if (sequence, place) > reached
        ]
        if entries:
            append_line(self._path, b"\n".join(entries))

    def _reach(self) -> tuple[str, int, int]:
        """Name, frame and place of the last record there: of that name all before it stand there, or were delivered."""
        try:
            last = msgspec.json.decode(_last_line(self._path), type=_Entry)
        except (FileNotFoundError, ValueError):
            return "", 0, 0
        return last.source, last.sequence, last.place


def _last_line(path: Path) -> bytes:
    """The last whole line; what a kill left half written behind it is taken away."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        if not size:
            return b""
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            end = content.rfind(b"\n") + 1
            line = content[content.rfind(b"\n", 0, max(end - 1, 0)) + 1 : end]
        if end < size:
            file.truncate(end)
        return line
