"""Bundles in buckets, `s3://bucket/folder`: fetched once a machine, and kept by their ids."""

import json
from pathlib import Path

from emotion.errors import BundleError
from emotion.models.description import BUNDLE, LARGEST
from emotion.objects.bucket import find, read
from emotion.objects.fetch import cache, fetch


def fetched(address: str) -> Path:
    """The folder on this machine that holds the bundle at an address; one that has changed there is fetched anew.

    Raises:
        BundleError: there is none, or it is damaged, as while it is being uploaded.
        StorageError: the bucket refuses, or does not answer.
    """
    id, checksum = _known_by(address)

    def check(folder: Path) -> None:
        from emotion.models.bundle import Bundle  # and with it torch, as only a whole check reads weights

        found = Bundle.load(folder)
        if (found.id, found.checksum) != (id, checksum):
            raise BundleError(f"The model at {address} was exchanged while it was fetched; say the same again.")

    return fetch(address, cache() / "bundles" / f"{id}-{checksum[:16]}", check)


def _known_by(address: str) -> tuple[str, str]:
    """Id of the model, and the checksum of what is said of it."""
    place = f"{address.rstrip('/')}/{BUNDLE}"
    entry = find(place)
    if entry is None:
        raise BundleError(f"{address} is no bundle: it holds no {BUNDLE}.")
    if entry.size > LARGEST[BUNDLE]:
        raise BundleError(f"{place} is damaged: it has {entry.size:,} bytes.")
    try:
        document = json.loads(read(place, 0, max(1, entry.size), entry.version))
        found = document["id"], document["checksum"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise BundleError(f"{place} is damaged, or of something else: it names no id.") from None
    if not (_is_plain(found[0], 16) and _is_plain(found[1], 64)):
        raise BundleError(f"{place} is damaged, or of something else: it names no id.")
    return found


def _is_plain(name: object, length: int) -> bool:
    return isinstance(name, str) and len(name) == length and name.isalnum() and name.isascii()
