"""What an address names: one object, those below a folder, or those that match a pattern."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from glob import has_magic
from typing import NamedTuple

from emotion.errors import UsageError
from emotion.objects.address import Address, parse
from emotion.objects.bucket import Entry, find, listed


class Named(NamedTuple):
    """An object, its name from the folder or the fixed part of the pattern on, and whether it was named itself.

    It was not at all (None) where it comes for what it tells of its folder.
    """

    entry: Entry
    name: str
    chosen: bool | None


def named(address: str, mark: str | None = None) -> Iterator[Named]:
    """The objects in the order of their keys, as they are listed; what is hidden is left out.

    An address that holds a wildcard is a pattern where nothing has it for its name. Objects that are called `mark` come
    beside those that it matches: they tell what the folders are.

    Raises:
        UsageError: there are none.
        StorageError: the bucket is not there, refuses, or does not answer.
    """
    entry = find(address)
    if entry is not None:
        yield Named(entry, entry.address.rpartition("/")[2], True)
        return
    place, none = parse(address), True
    for one in _below(place):
        none = False
        yield one
    if none and has_magic(place.key):
        for one in _matching(place, mark):
            none = none and one.chosen is None
            yield one
    if none:
        raise UsageError(f"There is no object at {address}, below it or that it matches. Check the address.")


def _below(folder: Address) -> Iterator[Named]:
    start = len(str(folder).rstrip("/")) + 1
    for entry in listed(str(folder)):
        name = entry.address[start:]
        if not (name.startswith(".") or "/." in name):
            yield Named(entry, name, False)


def _matching(pattern: Address, mark: str | None) -> Iterator[Named]:
    parts = pattern.key.rstrip("/").split("/")
    first = next(k for k, part in enumerate(parts) if has_magic(part))
    for one in _below(Address(pattern.bucket, "/".join(parts[:first]))):
        chosen = matched(one.name.split("/"), parts[first:])
        if chosen is not None or (mark and one.name.endswith(f"/{mark}")):
            yield one._replace(chosen=chosen)


def matched(parts: Sequence[str], pattern: Sequence[str]) -> bool | None:
    """True where a pattern matches a name, False where it matches a folder above it, None where neither.

    `**` is any number of folders. As in the shell, a wildcard does not match a name that begins with a dot.
    """
    if not pattern:
        return not parts
    if pattern[0] == "**":
        shown = next((k for k, part in enumerate(parts) if part.startswith(".")), len(parts))
        found = {matched(parts[k:], pattern[1:]) for k in range(shown + 1)}
        return next((answer for answer in (True, False) if answer in found), None)
    if not parts or (parts[0].startswith(".") and not pattern[0].startswith(".")):
        return None
    return matched(parts[1:], pattern[1:]) if fnmatchcase(parts[0], pattern[0]) else None
