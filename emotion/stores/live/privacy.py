"""What live writers and private stores owe each other: users and ids come as they are, or not at all."""

import msgspec

from emotion.errors import StoreRefusal
from emotion.stores.files import decoded


class _Content(msgspec.Struct):
    hash_ids: object = False
    drop_user: bool = False


class _Manifest(msgspec.Struct):
    """What a live writer must know of the job that began the store."""

    content: _Content


def check_open(store: str, manifest: bytes | None) -> None:
    """A store that was promised to hold no users, or no ids in clear, must not get them from a live writer.

    Raises:
        StoreRefusal: the job of this manifest promised that.
        StoreError: the manifest is damaged.
    """
    if manifest is None:
        return
    content = decoded(manifest, f"that says what job began {store}", _Manifest).content
    if content.hash_ids or content.drop_user:
        said = "--hash-ids" if content.hash_ids else "--drop-user"
        raise StoreRefusal(
            f"The store {store} was labelled with {said}; a live writer stores users and ids as they come. "
            "Name another store."
        )
