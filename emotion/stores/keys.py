"""Where the secret of hashed ids lies when its store is not on this machine's disk."""

import os
import re
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

_SHOWN = 40  # characters of the address, of at most four bytes each: a name has 255


def key_path(address: str) -> Path:
    """The file for the store at an address: in the folder EMOTION_KEYS, by default in the user's home."""
    folder = Path(os.environ.get("EMOTION_KEYS") or Path.home() / ".emotion" / "keys")
    name = re.sub(r"[^\w.-]+", "-", address.partition("://")[2])
    path = folder / f"{name[:_SHOWN]}-{blake2b(address.encode(), digest_size=6).hexdigest()}.key"
    earlier = folder / f"{name}.key"  # of versions in which two addresses could have one
    with suppress(OSError):  # a name that is too long
        if earlier.exists() and not path.exists():
            return earlier
    return path
