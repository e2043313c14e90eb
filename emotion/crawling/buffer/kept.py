"""What a buffer keeps beside its frames: the name under which targets know it, what is done, and what was dropped."""

import secrets
from pathlib import Path

import msgspec

from emotion.crawling.buffer.frames import Header
from emotion.errors import UsageError
from emotion.stores.files import read_whole, write_whole

_NAME = "buffer.json"


class Kept(msgspec.Struct):
    """The content of `buffer.json`.

    `gone` are frames, first to last, that were dropped and may still stand in a segment; `refused` is the header of the
    newest one that was never let in; `delivered` tells that records came to this target.
    """

    name: str
    target: str
    done: int = 0
    dropped: int = 0
    gone: list[tuple[int, int]] = []
    refused: Header | None = None
    delivered: bool = False

    def waits(self, sequence: int) -> bool:
        """Whether a frame that stands in a segment is still to be sent."""
        return sequence > self.done and not any(first <= sequence <= last for first, last in self.gone)

    def drop(self, frame: Header) -> None:
        """Count a frame that waited as dropped."""
        self.dropped += frame.records
        if self.gone and self.gone[-1][1] == frame.sequence - 1:
            self.gone[-1] = (self.gone[-1][0], frame.sequence)
        else:
            self.gone.append((frame.sequence, frame.sequence))

    def write(self, folder: Path) -> None:
        """Keep it, whole or not at all."""
        self.gone = [(first, last) for first, last in self.gone if last > self.done]
        write_whole(folder / _NAME, msgspec.json.encode(self))


def new_name(source: str) -> str:
    """A name that no other buffer has."""
    return f"{source}-{secrets.token_hex(4)}"


def kept_for(folder: Path, source: str, target: str, is_used: bool) -> Kept:
    """What the buffer in the folder keeps for a target; one that was never used goes over to another target.

    Raises:
        UsageError: it is used for another one.
    """
    kept = read_whole(folder / _NAME, Kept)
    if kept is not None and kept.target == target:
        return kept
    if kept is None:
        kept = Kept(new_name(source), target)
    elif is_used:
        raise UsageError(
            f"The buffer {folder} belongs to {kept.target}, not to {target}: give the same --to, or another --buffer."
        )
    kept.target, kept.delivered = target, False
    kept.write(folder)
    return kept
