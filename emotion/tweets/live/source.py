"""What every live source is: an iterator over what happens, which goes on where a cursor says."""

from collections.abc import Iterator
from typing import Protocol, TypeVar

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False):
    """A raw record in a format of `emotion.tweets.formats`.

    Reading on from `cursor` gives what came after it; None where the source cannot be read again. `posts` is how many
    posts the source charges for it.
    """

    raw: bytes
    cursor: str | None = None
    posts: int = 1


class Quiet(msgspec.Struct, frozen=True, gc=False):
    """Nothing came for a while; `cursor` where the source has moved on nevertheless.

    `alive` tells whether the source gave a sign of life, or nothing was heard of it.
    """

    cursor: str | None = None
    alive: bool = True


class Gap(msgspec.Struct, frozen=True):
    """A time (seconds since 1970) of which records may be missing, and why; `filled` where a search made up for it."""

    since: float
    until: float
    reason: str
    filled: bool = False


Item = Event | Quiet | Gap


class LiveSource(Protocol):
    """Where records come from.

    `name` is a short word for it, and `repeats` tells whether it may give a record again after a cut.
    """

    name: str
    repeats: bool

    def read(self, cursor: str | None, most: int | None = None) -> Iterator[Item]:
        """What happens after `cursor` (None: from now on, or from the beginning), at least a Quiet a few seconds.

        No more than `most` posts will be taken: a source that charges for them asks for no more.

        Raises:
            EmotionError: it cannot be read, and trying again would not help.
        """
        ...

    def close(self) -> None:
        """End `read` soon; called from another thread."""
        ...


class Cursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base of what sources remember; kept as JSON."""

    def encode(self) -> str:
        """As `Event.cursor` holds it."""
        return msgspec.json.encode(self).decode()


Kind = TypeVar("Kind", bound=Cursor)


def decoded(cursor: str | None, kind: type[Kind]) -> Kind | None:
    """The content of a cursor, or None where there is none or another source wrote it."""
    try:
        return None if cursor is None else msgspec.json.decode(cursor, type=kind)
    except ValueError:
        return None
