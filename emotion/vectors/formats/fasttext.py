"""fastText's binary models, `.bin`: a word's vector is the mean of its own row and the rows of its sub-words."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from emotion.errors import DataError
from emotion.tweets.damage import Damage
from emotion.vectors.formats.binary import LONGEST_WORD
from emotion.vectors.stream import PIECE, Stream
from emotion.vectors.subwords import SubWords, composed
from emotion.vectors.table import Gathering, Table, Vectors

MAGIC = struct.pack("<i", 793712314)
_VERSIONS = (11, 12)
_ARGUMENTS = struct.Struct("<12id")  # dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn, ...
_DICTIONARY = struct.Struct("<3i2q")  # size, words, labels, tokens, pruned
_SUPERVISED = 3
_TYPE_WORD = 0


@dataclass(frozen=True)
class _Head:
    dimension: int
    words: int
    entries: int
    subwords: SubWords


def read(stream: Stream, gathering: Gathering, subwords: bool = True) -> Table:
    """The table of a model; with `subwords`, wanted words outside its dictionary are made of their pieces.

    Raises:
        DataError: it is quantised, or of another version.
        Damage: it is cut or no such model.
    """
    head = _head(stream, gathering)
    gathering.set_dimension(head.dimension)
    places = _dictionary(stream, head, gathering)
    if stream.take(1) != b"\0":
        raise DataError(f"{gathering.name} is quantised (.ftz), which is not read; take the full .bin or the .vec.")
    height, width = struct.unpack("<2q", stream.take(16))
    if width != head.dimension or height != head.words + head.subwords.buckets:
        raise Damage(f"its matrix is {height} by {width}")
    missing = set() if gathering.wanted is None or not subwords else _missing(gathering, places)
    pieces = {word: [head.words + row for row in head.subwords.rows(word)] for word in (*places, *missing)}
    needed = {row for rows in pieces.values() for row in rows} | set(places.values())
    rows = _rows(stream, needed, height, width)
    for word, place in places.items():
        every = [rows[place], *(rows[row] for row in pieces[word])]
        gathering.add(word.encode(), np.mean(every, axis=0).astype(np.float32), f"word {place + 1:,}")
    return gathering.table("fasttext", composed(pieces, rows, sorted(missing)))


def _head(stream: Stream, gathering: Gathering) -> _Head:
    magic, version = stream.take(4), struct.unpack("<i", stream.take(4))[0]
    if magic != MAGIC or version not in _VERSIONS:
        raise DataError(f"{gathering.name} is a fastText model of version {version}; {_VERSIONS} are read.")
    dimension, *_, model, buckets, shortest, longest, _, _ = _ARGUMENTS.unpack(stream.take(_ARGUMENTS.size))
    entries, words, labels, _, pruned = _DICTIONARY.unpack(stream.take(_DICTIONARY.size))
    if pruned > 0:
        raise DataError(f"{gathering.name} is pruned, which is not read; take the full .bin or the .vec.")
    if min(entries, words, labels, buckets) < 0 or entries != words + labels:
        raise Damage(f"it announces {entries} entries: {words} words and {labels} labels")
    if version == 11 and model == _SUPERVISED:
        longest = 0  # version 11 kept no sub-words in classifiers; buckets are there for pairs of words all the same
    return _Head(dimension, words, entries, SubWords(shortest, min(longest, 64), buckets))


def _dictionary(stream: Stream, head: _Head, gathering: Gathering) -> dict[str, int]:
    """Row of each wanted word."""
    places: dict[str, int] = {}
    row = 0
    for _ in range(head.entries):
        word = stream.until(b"\0", LONGEST_WORD)
        kind = stream.take(9)[8]
        if kind != _TYPE_WORD:
            continue
        gathering.held += 1
        if gathering.wants(word):
            _place(word, row, places, gathering)
        row += 1
    if row != head.words:
        raise Damage(f"it announces {head.words} words and holds {row}")
    return places


def _place(word: bytes, row: int, places: dict[str, int], gathering: Gathering) -> None:
    try:
        text = word.decode()
    except UnicodeDecodeError:
        gathering.faults.add("broken", f"word {row + 1:,}, not UTF-8")
        return
    if text in places:
        gathering.faults.add("duplicate", f"word {row + 1:,}, {text!r}")
    else:
        places[text] = row


def _missing(gathering: Gathering, places: dict[str, int]) -> set[str]:
    wanted: Iterable[bytes] = gathering.wanted or ()
    words = (word.decode("utf-8", "replace") for word in wanted)
    return {word for word in words if word not in places}


def _rows(stream: Stream, needed: set[int], height: int, width: int) -> dict[int, Vectors]:
    """The needed rows of the matrix, which is read once and never held."""
    found: dict[int, Vectors] = {}
    step = max(PIECE // (4 * width), 1)
    wanted = np.array(sorted(needed), np.int64)
    for start in range(0, height, step):
        count = min(step, height - start)
        data = stream.take(count * width * 4)
        inside = wanted[np.searchsorted(wanted, start) : np.searchsorted(wanted, start + count)]
        if len(inside):
            matrix = np.frombuffer(data, "<f4").reshape(count, width)
            found |= {int(row): matrix[row - start].astype(np.float32) for row in inside}
        if len(found) == len(wanted):
            break
    return found
