"""Small files of word vectors in every format, with numbers that can be checked by hand."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from emotion.vectors.table import Vectors

ROWS: dict[str, Sequence[float]] = {"cat": (1.0, 2.0, -3.5), "dog": (0.25, 0.0, 4.0), "día": (-1.0, 1e-3, 2.0)}


def text(rows: Mapping[str, Sequence[float]] = ROWS, header: bool = False, end: str = "\n") -> bytes:
    lines = [f"{word} {' '.join(map(str, row))}{end}" for word, row in rows.items()]
    return (f"{len(rows)} 3\n" * header + "".join(lines)).encode()


def binary(rows: Mapping[str, Sequence[float]] = ROWS, newlines: bool = False) -> bytes:
    found = f"{len(rows)} 3\n".encode()
    for word, row in rows.items():
        found += word.encode() + b" " + struct.pack("<3f", *row) + b"\n" * newlines
    return found


def fasttext(
    words: Sequence[str] = ("cat", "dog"), buckets: int = 5, lengths: tuple[int, int] = (2, 3), version: int = 12
) -> tuple[bytes, Vectors]:
    """A model by hand, and its matrix: rows of words, then of buckets."""
    matrix = (np.arange((len(words) + buckets) * 3) / 8).astype(np.float32).reshape(-1, 3)
    found = struct.pack("<2i", 793712314, version)
    found += struct.pack("<12id", 3, 5, 5, 1, 5, 1, 2, 2, buckets, *lengths, 100, 1e-4)
    found += struct.pack("<3i2q", len(words) + 1, len(words), 1, 100, -1)
    for word in words:
        found += word.encode() + b"\0" + struct.pack("<qb", 7, 0)
    found += b"__label__joy\0" + struct.pack("<qb", 7, 1)
    return found + b"\0" + struct.pack("<2q", *matrix.shape) + matrix.astype("<f4").tobytes(), matrix


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def fnv(piece: str) -> int:
    """The hash of a piece of ASCII letters."""
    value = 2166136261
    for byte in piece.encode():
        value = ((value ^ byte) * 16777619) % 2**32
    return value
