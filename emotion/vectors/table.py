"""What a file of word vectors gives: a row for each wanted word, and an account of what was wrong with the file."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emotion.errors import DataError

Vectors = NDArray[np.float32]

LARGEST_DIMENSION = 4096
SHOWN = 60  # characters of a broken line in a message

KINDS = {
    "duplicate": "more rows for words that already had one; the first counts",
    "width": "lines of another width",
    "broken": "lines whose numbers cannot be read or are not finite",
    "count": "rows more or fewer than the file announces",
}


@dataclass
class Faults:
    """How often each fault was met, and where first; a file is used in spite of them."""

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, place: str, times: int = 1) -> None:
        """Count a fault of one of `KINDS`."""
        self.counts[kind] = self.counts.get(kind, 0) + times
        self.first.setdefault(kind, place)

    def said(self) -> list[str]:
        """A phrase for each kind that was met."""
        return [f"{count:,} {KINDS[kind]} (first {self.first[kind]})" for kind, count in self.counts.items()]


@dataclass(frozen=True, eq=False)
class Table:
    """Words with a row each, (N, D) in float32; `composed` are those whose row is made of sub-words alone.

    `held` is how many words the file holds, whether they were wanted or not.
    """

    words: Sequence[str]
    rows: Vectors
    format: str
    held: int
    faults: Faults = field(default_factory=Faults)
    composed: frozenset[str] = frozenset()

    @property
    def dimension(self) -> int:
        return int(self.rows.shape[1])

    def by_id(self, ids: Mapping[str, int], size: int) -> Vectors:
        """A row (size, D) by id; NaN where the table lacks the word."""
        found = np.full((size, self.dimension), np.nan, np.float32)
        for place, word in enumerate(self.words):
            if (number := ids.get(word)) is not None:
                found[number] = self.rows[place]
        return found


class Gathering:
    """Takes the rows of wanted words, in the order of the file; `wanted` None takes all.

    Memory grows with what is wanted, never with the file. Duplicates are noticed among the wanted words, so only those
    are looked at.
    """

    def __init__(self, wanted: Collection[str] | None, dimension: int | None, name: str) -> None:
        self.wanted = None if wanted is None else {_bytes(word) for word in wanted}
        self.dimension = dimension
        self.name = name
        self.faults = Faults()
        self.held = 0
        self._rows: dict[str, Vectors] = {}

    def set_dimension(self, dimension: int) -> None:
        """What the file says its width is.

        Raises:
            DataError: it is another than is asked for, or than vectors have.
        """
        if not 1 <= dimension <= LARGEST_DIMENSION:
            raise DataError(f"{self.name} has {dimension:,} dimensions; 1 to {LARGEST_DIMENSION} are read.")
        if self.dimension not in (None, dimension):
            raise DataError(f"{self.name} has {dimension} dimensions, not {self.dimension}; ask for {dimension}.")
        self.dimension = dimension

    def wants(self, word: bytes) -> bool:
        return self.wanted is None or word in self.wanted

    def add(self, word: bytes, row: Vectors, place: str) -> None:
        """A wanted word's row."""
        try:
            text = word.decode()
        except UnicodeDecodeError:
            self.faults.add("broken", f"{place}, a word that is not UTF-8")
            return
        if not text:
            self.faults.add("broken", f"{place}, an empty word")
        elif text in self._rows:
            self.faults.add("duplicate", f"{place}, {text[:SHOWN]!r}")
        elif not np.isfinite(row).all():
            self.faults.add("broken", f"{place}, {text[:SHOWN]!r}")
        else:
            self._rows[text] = row

    @property
    def words(self) -> Collection[str]:
        """Those that have a row."""
        return self._rows.keys()

    def table(self, format: str, composed: Mapping[str, Vectors] | None = None) -> Table:
        """What was gathered, and words made of sub-words after it.

        Raises:
            DataError: the file holds no vectors at all.
        """
        if not self.held or self.dimension is None:
            reasons = "; ".join(self.faults.said()) or "it is empty"
            raise DataError(f"{self.name} holds no word vectors that can be read: {reasons}.")
        rows = self._rows | dict(composed or {})
        together = np.stack(list(rows.values())) if rows else np.zeros((0, self.dimension), np.float32)
        made = frozenset(composed or ())
        return Table(list(rows), together.astype(np.float32, copy=False), format, self.held, self.faults, made)


def _bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")
