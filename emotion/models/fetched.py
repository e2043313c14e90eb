"""Bundles in buckets, `s3://bucket/folder`: fetched once a machine, and kept by their ids."""

from pathlib import Path
from typing import Annotated

import msgspec

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
    known = _known_by(address)

    def check(folder: Path) -> None:
        from emotion.models.bundle import Bundle  # and with it torch, as only a whole check reads weights

        found = Bundle.load(folder)
        if (found.id, found.checksum) != (known.id, known.checksum):
            raise BundleError(f"The model at {address} was exchanged while it was fetched; say the same again.")

    return fetch(address, cache() / "bundles" / f"{known.id}-{known.checksum[:16]}", check)


class _Known(msgspec.Struct):
    """What tells a bundle from others: the model's id, and the checksum of what is said of it."""

    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
    checksum: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


def _known_by(address: str) -> _Known:
    place = f"{address.rstrip('/')}/{BUNDLE}"
    entry = find(place)
    if entry is None:
        raise BundleError(f"{address} is no bundle: it holds no {BUNDLE}.")
    if entry.size > LARGEST[BUNDLE]:
        raise BundleError(f"{place} is damaged: it has {entry.size:,} bytes.")
    try:
        return msgspec.json.decode(read(place, 0, max(1, entry.size), entry.version), type=_Known)
    except (ValueError, RecursionError):
        raise BundleError(f"{place} is damaged, or of something else: it names no id.") from None
