"""Contextual vectors on disk, so that an epoch over frozen ones costs what the network above them costs.

A folder for each encoder and choice of layers. In it, `vectors.f32` is memory-mapped: layers (L, W) of one word after
the other. `index.npz` says where each text lies, by a hash of its words. Vectors are written before the index that
names them, and the index whole or not at all, so that a kill loses what was not indexed yet.
"""

import hashlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray
from torch import Tensor

from emotion.errors import ConfigError
from emotion.models.context.contextual import Contextual
from emotion.models.context.rows import Words

VARIABLE = "EMOTION_CACHE"
AT_ONCE = 64  # texts computed together, of like length
INDEXED = 4_096  # texts between two indexes
_VECTORS, _INDEX, _LOCK = "vectors.f32", "index.npz", "lock"
_HASH = 16  # bytes


def cache_folder() -> Path:
    """`EMOTION_CACHE`, else the folder for caches of this user."""
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emotion"


class ContextCache:
    """The vectors of one encoder. May be used by several processes: who writes holds a lock."""

    def __init__(self, contextual: Contextual, folder: Path | None = None) -> None:
        """Raises ConfigError for an encoder that carries its state: its vectors are not those of a text alone."""
        if contextual.carries:
            raise ConfigError("An encoder that carries its state from text to text cannot be cached.")
        config = contextual.config
        layers = "-".join(map(str, config.layers))
        self.folder = (folder or cache_folder()) / "context" / f"{config.kind}-{config.digest[:16]}-{layers}"
        self._contextual = contextual
        self._shape = (len(config.layers), config.width)

    def of(self, texts: Sequence[Words]) -> "CachedRows":
        """Rows of texts; those that are not there yet are computed first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        keys = [_key(words) for words in texts]
        with FileLock(self.folder / _LOCK):
            index = self._index()
            new = dict(zip(keys, texts, strict=True))
            missing = sorted((key for key in new if key not in index), key=lambda key: len(new[key]))
            if missing:
                self._fill(index, missing, new)
        places = np.array([index[key] for key in keys], np.int64).reshape(-1, 2)
        if not len(places):
            return CachedRows(np.zeros((0, *self._shape), np.float32), places)
        mapped = np.memmap(self.folder / _VECTORS, np.float32, "r").reshape(-1, *self._shape)
        return CachedRows(mapped, places)

    def _fill(self, index: dict[bytes, tuple[int, int]], missing: list[bytes], texts: dict[bytes, Words]) -> None:
        """Append the vectors of texts, shortest first, and say in the index where they are."""
        rows = max((start + count for start, count in index.values()), default=0)
        size = 4 * self._shape[0] * self._shape[1]
        with (self.folder / _VECTORS).open("ab") as file:
            file.truncate(rows * size)  # what a kill left behind the last index
        with (self.folder / _VECTORS).open("r+b") as file:
            file.seek(rows * size)
            for start in range(0, len(missing), AT_ONCE):
                part = missing[start : start + AT_ONCE]
                layers = self._contextual([texts[key] for key in part]).float().cpu().numpy()
                for key, found in zip(part, layers, strict=True):
                    count = len(texts[key])
                    file.write(np.ascontiguousarray(found[:count]).tobytes())
                    index[key] = rows, count
                    rows += count
                if (start // AT_ONCE + 1) % (INDEXED // AT_ONCE) == 0 or start + AT_ONCE >= len(missing):
                    file.flush()
                    os.fsync(file.fileno())
                    self._keep(index)

    def _index(self) -> dict[bytes, tuple[int, int]]:
        path, vectors = self.folder / _INDEX, self.folder / _VECTORS
        if not path.exists() or not vectors.exists():
            return {}
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                keys, places = stored["keys"].tobytes(), stored["places"]
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return {}  # a cache: what cannot be read is made again
        there = vectors.stat().st_size // (4 * self._shape[0] * self._shape[1])
        return {
            keys[number * _HASH : (number + 1) * _HASH]: (int(start), int(count))
            for number, (start, count) in enumerate(places)
            if start + count <= there
        }

    def _keep(self, index: dict[bytes, tuple[int, int]]) -> None:
        fresh = self.folder / f".{_INDEX}.{secrets.token_hex(8)}.npz"
        keys = np.frombuffer(b"".join(index), np.uint8)
        np.savez(fresh, keys=keys, places=np.array(list(index.values()), np.int64).reshape(-1, 2))
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(self.folder / _INDEX)


class CachedRows:
    """Rows that lie in the mapped file; text i at places[i] = (first row, rows)."""

    def __init__(self, mapped: NDArray[np.float32], places: NDArray[np.int64]) -> None:
        self._mapped, self._places = mapped, places

    def batch(self, rows: NDArray[np.int64]) -> Tensor:
        places = self._places[rows]
        found = np.zeros((len(rows), int(places[:, 1].max()), *self._mapped.shape[1:]), np.float32)
        for row, (start, count) in zip(found, places.tolist(), strict=True):
            row[:count] = self._mapped[start : start + count]
        return torch.from_numpy(found)


def _key(words: Words) -> bytes:
    return hashlib.blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=_HASH).digest()
