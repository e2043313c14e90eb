"""The manifest of a job in the companion, in pieces that pass a proxy: it names every file of the archive."""

import base64
from hashlib import sha256

from emotion import zstd
from emotion.errors import StoreError
from emotion.stores.elasticsearch.companion import Companion

MANIFEST, _PIECE = "manifest", "manifest-piece"
_LONGEST = 512 << 10  # characters of a piece: many a proxy takes no more than a megabyte


def keep_manifest(companion: Companion, manifest: bytes) -> None:
    """Keep it, whole or not at all: the first piece is the document that names the others, and is written last."""
    text, name = base64.b64encode(zstd.compress(manifest)).decode(), sha256(manifest).hexdigest()[:16]
    first, *others = [text[start : start + _LONGEST] for start in range(0, len(text), _LONGEST)]
    companion.send(
        (_id(name, number), {"kind": _PIECE, "key": name, "number": number, "piece": piece})
        for number, piece in enumerate(others)
    )
    companion.put(MANIFEST, {"kind": MANIFEST, "manifest": first, "name": name, "others": len(others)})
    companion.refresh()
    older = [each for each in companion.scan(_PIECE, ["key", "number"]) if each["key"] != name]
    companion.send((_id(each["key"], each["number"]), None) for each in older)


def manifest_of(companion: Companion) -> bytes | None:
    """The manifest that a job has kept, or None.

    Raises:
        StoreError: a piece of it has vanished.
    """
    kept = companion.get(MANIFEST) if companion.exists() else None
    if kept is None:
        return None
    others = [companion.get(_id(kept["name"], number)) for number in range(kept.get("others", 0))]
    pieces = [each["piece"] for each in others if each]
    if len(pieces) < len(others):
        if (companion.get(MANIFEST) or kept) != kept:
            return manifest_of(companion)  # a job has kept another one meanwhile
        raise StoreError(f"The manifest in {companion.index} is damaged; label everything anew with --restart.")
    return zstd.decompress(base64.b64decode(kept["manifest"] + "".join(pieces)))


def _id(name: str, number: int) -> str:
    return f"{_PIECE}/{name}/{number}"
