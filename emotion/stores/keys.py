"""Where the secret of hashed ids lies when its store is not on this machine's disk."""

import os
import re
from pathlib import Path


def key_path(address: str) -> Path:
    """The file for the store at an address: in the folder EMOTION_KEYS, by default in the user's home."""
    folder = Path(os.environ.get("EMOTION_KEYS") or Path.home() / ".emotion" / "keys")
    return folder / (re.sub(r"[^\w.-]+", "-", address.partition("://")[2]) + ".key")
