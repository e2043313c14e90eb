"""Texts that say nearly the same, found among those kept in constant time.

MinHash (Broder 1997) of five-letter pieces, in bands (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets,
chapter 3): texts that share a band are compared piece by piece. Each band keeps one text, the newest, so memory is
bounded by the texts kept, and now and then a near copy is not found.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Pieces = NDArray[np.uint64]

BANDS, ROWS = 8, 3  # texts that share 0.7 of their pieces are compared in 96 % of cases, those that share 0.3 in 20 %
_LENGTH = 5  # letters of a piece


def _numbers(count: int, name: str) -> Pieces:
    """Fixed odd numbers, the same on every machine."""
    data = b"".join(blake2b(f"{name} {i}".encode(), digest_size=8).digest() for i in range(count))
    return np.frombuffer(data, np.uint64) | np.uint64(1)


_PLACES = _numbers(_LENGTH, "place")
_FACTORS = _numbers(BANDS * ROWS, "factor")[:, None]  # (BANDS * ROWS, 1)
_JOINING = _numbers(ROWS, "join")
_SHIFT = np.uint64(29)


def pieces(key: str) -> Pieces:
    """Hashes of the distinct five-letter pieces of a text's key, in ascending order; a shorter text is one piece."""
    letters = np.frombuffer(key.ljust(_LENGTH).encode("utf-32-le", errors="replace"), np.uint32).astype(np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(letters, _LENGTH)
    hashes = (windows * _PLACES).sum(axis=1, dtype=np.uint64)
    return np.unique(hashes ^ (hashes >> _SHIFT))


def jaccard(one: Pieces, other: Pieces) -> float:
    """Pieces in both against pieces in either."""
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / (len(one) + len(other) - both)


def bands(found: Pieces) -> list[int]:
    """The band hashes of a text's pieces."""
    mixed = found * _FACTORS
    lowest = (mixed ^ (mixed >> _SHIFT)).min(axis=1)  # (BANDS * ROWS,)
    joined: list[int] = (lowest.reshape(BANDS, ROWS) * _JOINING).sum(axis=1, dtype=np.uint64).tolist()
    return joined


class Alike:
    """The texts kept, by number, and which of them are alike a new one."""

    def __init__(self, least: float) -> None:
        self._least = least
        self._keys: dict[int, str] = {}
        self._bands: list[dict[int, int]] = [{} for _ in range(BANDS)]

    def find(self, key: str) -> list[int]:
        """Numbers of kept texts that share at least `least` of their pieces with this one, in ascending order."""
        own = pieces(key)
        met = {band[value] for band, value in zip(self._bands, bands(own), strict=True) if value in band}
        return sorted(number for number in met if jaccard(own, pieces(self._keys[number])) >= self._least)

    def add(self, number: int, key: str) -> None:
        """Keep a text."""
        self._keys[number] = key
        for band, value in zip(self._bands, bands(pieces(key)), strict=True):
            band[value] = number

    def remove(self, number: int) -> None:
        """Forget a text."""
        for band, value in zip(self._bands, bands(pieces(self._keys.pop(number))), strict=True):
            if band.get(value) == number:
                del band[value]
