"""The lines that belong to a range of a file: those after a newline in it, and in the first range the first."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import IO

from emotion.tweets.damage import Damage
from emotion.tweets.streams import pieces_of


def line_bounds(handle: IO[bytes], start: int, end: int) -> tuple[int, int]:
    """Offsets between which the lines stand whose first byte lies from `start` to before `end`."""
    return _line_start(handle, start), _line_start(handle, end)


def _line_start(handle: IO[bytes], at: int) -> int:
    """The first line start at or after an offset; where none follows, the file's end, or where it breaks off."""
    if at == 0:
        return 0
    position = at - 1
    with suppress(Damage):  # who reads the lines meets it again, and tells of it
        for piece in pieces_of(handle, position):
            newline = piece.find(b"\n")
            if newline >= 0:
                return position + newline + 1
            position += len(piece)
    return position


def own_lines(
    own: Iterator[bytes], following: Iterator[bytes], first: bool, drop: Callable[[int], None]
) -> Iterator[bytes]:
    """Lines that begin in `own`, the last one to its end in `following`; unless `first`, `own` begins inside a line.

    `drop` is told how many bytes of that line are left out.
    """
    begun = first
    for piece in own:
        if begun:
            yield piece
        else:
            newline = piece.find(b"\n")
            begun = newline >= 0
            drop(newline + 1 if begun else len(piece))
            yield piece[newline + 1 :] if begun else b""
    if not begun:
        return
    for piece in following:
        newline = piece.find(b"\n")
        if newline >= 0:
            yield piece[: newline + 1]
            return
        yield piece
