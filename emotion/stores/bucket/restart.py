"""Labelling everything anew: a generation grows beside the current one, and `current` names it when it is complete."""

import re
from typing import Annotated

import msgspec

from emotion.errors import JobError
from emotion.faults import crash_point
from emotion.objects.bucket import Seen, folders, listed, whole, write_as_seen
from emotion.stores.bucket.layout import Layout
from emotion.stores.files import decoded

_GENERATION = re.compile(r"v[0-9]{6}")


class Generations(msgspec.Struct, frozen=True):
    """The generation that is read and written now, and the least number of one that may grow beside it."""

    generation: Annotated[int, msgspec.Meta(ge=1, le=999_999)] = 1
    least: Annotated[int, msgspec.Meta(ge=1, le=999_999)] = 1

    @property
    def beside(self) -> int:
        """The generation that grows beside it, or may."""
        return max(self.least, self.generation + 1)


def current(address: str) -> int:
    """The generation that is read and written now."""
    return generations(address).generation


def generations(address: str) -> Generations:
    """The generations of a store."""
    return _seen(address)[0]


def recover(address: str) -> int:
    """The current generation; what kills and late workers left of those that were given up goes."""
    kept = generations(address)
    for number in (int(name[1:]) for name in folders(address) if _GENERATION.fullmatch(name)):
        if number < kept.beside and number != kept.generation:
            Layout(address, number).discard()
    return kept.generation


def exchange(old: Layout, new: Layout) -> None:
    """Let readers see the complete generation that grew beside, and remove the old one.

    Raises:
        JobError: another job took the store over.
    """
    crash_point("before-exchange")
    kept, seen = _seen(old.address)
    if kept.beside != new.generation or not _change(old.address, Generations(new.generation), seen):
        raise JobError(f"Another job took the store {old.address} over; what this one made is not shown.")
    crash_point("after-exchange")
    old.discard()


def give_up(grown: Layout) -> Layout:
    """Remove a generation that grew beside, and give the next number, which no worker of it knows.

    Raises:
        JobError: another job took the store over.
    """
    if next(listed(grown.root), None) is None:
        return grown
    kept, seen = _seen(grown.address)
    number = max(kept.beside, grown.generation) + 1
    if not _change(grown.address, Generations(kept.generation, number), seen):
        raise JobError(f"Another job took the store {grown.address} over; wait for it to end, or stop it.")
    grown.discard()
    return Layout(grown.address, number)


def _seen(address: str) -> tuple[Generations, Seen | None]:
    place = f"{address}/current"
    found = whole(place)
    return (Generations(), None) if found is None else (decoded(found[0], place, Generations), found[1])


def _change(address: str, wanted: Generations, seen: Seen | None) -> bool:
    return write_as_seen(f"{address}/current", msgspec.json.encode(wanted), seen) is not None
