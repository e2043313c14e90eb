"""Sub-words (Bojanowski et al. 2017): the pieces of a word, and where their vectors lie.

A word between < and > gives its pieces of `shortest` to `longest` characters, each hashed into one of `buckets` rows.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from emotion.vectors.table import Vectors

_OFFSET, _PRIME, _MASK = 2166136261, 16777619, 0xFFFFFFFF


@dataclass(frozen=True)
class SubWords:
    """How words are cut and hashed, as fastText does it."""

    shortest: int
    longest: int
    buckets: int

    def rows(self, word: str) -> list[int]:
        """The row of each piece of a word; none for a word shorter than pieces."""
        if not self.buckets or self.longest < 1:
            return []
        marked = f"<{word}>"
        return [
            _hash(marked[start : start + size].encode("utf-8", "replace")) % self.buckets
            for start in range(len(marked))
            for size in range(max(self.shortest, 1), min(self.longest, len(marked) - start) + 1)
            if size > 1 or 0 < start < len(marked) - 1
        ]


def _hash(piece: bytes) -> int:
    """FNV-1a in 32 bits, each byte widened with its sign, as fastText has it."""
    value = _OFFSET
    for byte in piece:
        value = ((value ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * _PRIME) & _MASK
    return value


def composed(
    pieces: Mapping[str, list[int]], rows: Mapping[int, Vectors], words: Collection[str]
) -> dict[str, Vectors]:
    """Words as the mean of the vectors of their pieces; a word without pieces gets none."""
    return {
        word: np.mean([rows[row] for row in pieces[word]], axis=0).astype(np.float32) for word in words if pieces[word]
    }
