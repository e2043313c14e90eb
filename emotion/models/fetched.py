"""Bundles in buckets, `s3://bucket/folder`: fetched once a machine, and kept by their ids."""

import json
from pathlib import Path

from emotion.errors import BundleError
from emotion.models.description import BUNDLE, LARGEST, read_description
from emotion.objects.bucket import find, read
from emotion.objects.fetch import cache, fetch


def fetched(address: str) -> Path:
    """The folder on this machine that holds the bundle at an address; a bundle replaced there is fetched anew.

    Raises:
        BundleError: there is none.
        StorageError: the bucket refuses, or does not answer.
    """
    id = _id(address)

    def check(folder: Path) -> None:
        found = read_description(folder).id
        if found != id:
            raise BundleError(f"The model at {address} was exchanged while it was fetched; say the same again.")

    return fetch(address, cache() / "bundles" / id, check)


def _id(address: str) -> str:
    place = f"{address.rstrip('/')}/{BUNDLE}"
    entry = find(place)
    if entry is None:
        raise BundleError(f"{address} is no bundle: it holds no {BUNDLE}.")
    if entry.size > LARGEST[BUNDLE]:
        raise BundleError(f"{place} is damaged: it has {entry.size:,} bytes.")
    try:
        id = json.loads(read(place, 0, max(1, entry.size), entry.version))["id"]
    except (ValueError, RecursionError, KeyError, TypeError):
        id = None
    if not (isinstance(id, str) and len(id) == 16 and id.isalnum() and id.isascii()):
        raise BundleError(f"{place} is damaged, or of something else: it names no id.")
    return id
