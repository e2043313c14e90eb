"""One string names a store: a directory, or the address of an index, `http(s)://host:port/alias`."""

import re
from pathlib import Path
from typing import NoReturn

from emotion.errors import UsageError
from emotion.stores.protocol import LiveStore, Queries, Store
from emotion.stores.records import Described

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_address(target: str) -> bool:
    """Whether the target is no directory."""
    return _ADDRESS.match(target) is not None


def open_store(target: str, keep_raw: bool = True) -> Store:
    """The store that a job writes to; nothing is made or asked yet. Without `keep_raw`, dead letters keep no text."""
    if is_address(target):
        _refuse(target)
    from emotion.stores.directory import DirectoryStore

    return DirectoryStore(Path(target).resolve(), keep_raw)


def open_queries(target: str, everything: bool = False) -> Queries:
    """The answers of a store; with `everything`, what is not felt counts as the model's best emotion.

    Raises:
        UsageError: there is no store.
    """
    if is_address(target):
        _refuse(target)
    from emotion.stores.queries.directory import DirectoryQueries

    return DirectoryQueries(Path(target), everything)


def open_live(target: str, described: Described) -> LiveStore:
    """The store as a live writer fills it, made where there is none; a directory has one writer at a time.

    Raises:
        StoreError: another writer holds it, its labels differ, or a job on it has not come to its end.
    """
    if is_address(target):
        _refuse(target)
    from emotion.stores.live.directory import DirectoryLive

    return DirectoryLive(Path(target).resolve(), described)


def _refuse(target: str) -> NoReturn:
    raise UsageError(f"{target!r} is an address; a store is a directory.")
