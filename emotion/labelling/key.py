"""The secret of `--hash-ids`: beside the store, not in it, so that who is given the store cannot undo the hash."""

import os
import secrets
from hashlib import blake2b
from pathlib import Path

from emotion.errors import JobError
from emotion.stores.files import sweep, whole

_BYTES = 32


def hash_key(path: Path, begun: bool) -> bytes:
    """The key of a store, kept at `path`; made where the store is not `begun` yet; for who holds its lease.

    Raises:
        JobError: the key of a store that was begun is missing, or the file holds no key.
    """
    sweep(path.parent, path.name)
    if not path.exists():
        if begun:
            raise JobError(
                f"The key {path} of this store is missing: without it neither duplicates nor deleted tweets are found. "
                "Bring it back, or label everything anew with --restart."
            )
        _write(path, secrets.token_hex(_BYTES))
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise JobError(f"{path} holds no key of {_BYTES} bytes in hexadecimal; bring the right file back.")
    return key


def fingerprint(key: bytes) -> str:
    """Tells two keys apart and nothing of either."""
    return blake2b(b"emotion", key=key, digest_size=8).hexdigest()


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as temporary, os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(text)
