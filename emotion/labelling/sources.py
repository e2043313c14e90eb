"""What a job reads: the files of archives, and those of stores whose tweets are labelled anew into another."""

from collections.abc import Callable
from typing import Any

import msgspec

from emotion.errors import UsageError
from emotion.labelling.manifest import decode
from emotion.labelling.options import LabelOptions
from emotion.objects.address import is_remote, plain
from emotion.stores.elasticsearch.address import is_address
from emotion.stores.opening import describe, directory_of
from emotion.stores.source import source_files, source_manifest
from emotion.tweets.archive import find_files
from emotion.tweets.files import Listing, told_apart
from emotion.tweets.reader import ReadOptions


def find_sources(options: LabelOptions, seen: Callable[[int], None] | None = None) -> Listing:
    """The files of all that is named, those of stores behind those of archives; `seen` is told how many there are.

    Raises:
        UsageError: there is nothing, a store is the one that is written to, is asked to be read as an archive, or is
            private and would not stay so.
        StoreError: a store is unfinished.
        JobError: the manifest of a store is damaged.
    """
    stores = [name for name in options.archives if _is_store(name)]
    archives = [name for name in options.archives if name not in stores]
    listing = find_files(archives, seen) if archives or not stores else Listing()
    taken = {file.name for file in listing.files}
    for store in dict.fromkeys(stores):
        _check(store, options)
        for file in source_files(store):
            name = told_apart(file.name, taken)
            taken.add(name)
            listing.files.append(msgspec.structs.replace(file, name=name))
    return listing


def _is_store(name: str) -> bool:
    return name != "-" and (is_address(name) or describe(name) is not None)


def _check(store: str, options: LabelOptions) -> None:
    if _place(store) == _place(options.to):
        raise UsageError(f"The store {store} is what is labelled, and --to too: name another one to write to.")
    if msgspec.structs.replace(options.read, retweets="keep") != ReadOptions():
        raise UsageError(
            f"--format and the options of fields say how archives are read, and {store} is a store: leave them out, or "
            "label the archives by a command of their own."
        )
    kept = None if is_address(store) else source_manifest(store)
    if kept is not None:
        _check_private(store, decode(kept).content, options)


def _check_private(store: str, content: dict[str, Any], options: LabelOptions) -> None:
    """In the new store, ids of archives, of notices and of who asks must meet those that come from the old one."""
    if content.get("hash_ids"):
        raise UsageError(
            f"The store {store} was labelled with --hash-ids, and ids that are hashed with its key meet none in "
            "another store: neither copies nor delete notices would be found there. Label its archives instead, and "
            "forget there what was forgotten here."
        )
    if content.get("drop_user") and not options.drop_user:
        raise UsageError(
            f"The store {store} was labelled with --drop-user, which changed some of its ids too: label it with "
            "--drop-user again."
        )


def _place(store: str) -> str:
    return store if is_address(store) else plain(store) if is_remote(store) else str(directory_of(store))
