"""The texts that teachers score: each once, none of them held back for measuring, cut into pieces on disk."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from emotion.errors import DataError
from emotion.sets.copies import key
from emotion.sets.datasets import SetConfig
from emotion.stores.files import whole
from emotion.training.teachers.texts import Source

PIECE = 4096  # texts scored and written at once: what a kill may lose
TEXT = "text"


@dataclass
class Counts:
    """What became of the texts of a source: read = empty + held_back + copies + kept."""

    read: int = 0
    empty: int = 0
    held_back: int = 0
    copies: int = 0
    kept: int = 0


class Pool:
    """Chooses texts; `counts` by source. In memory it holds a mark of each text, not the text."""

    def __init__(self, held_back: Iterable[int] = ()) -> None:
        self.counts: dict[str, Counts] = {}
        self._held_back = frozenset(held_back)
        self._seen: set[int] = set()

    def gather(self, sources: Iterable[Source], folder: Path, limit: int | None = None) -> list[int]:
        """Write the pieces to `folder`, at most `limit` texts in all; how many texts each holds.

        Raises:
            DataError: nothing is left.
        """
        texts = islice((text for source in sources for text in self._chosen(source)), limit)
        sizes: list[int] = []
        while piece := list(islice(texts, PIECE)):
            write_piece(folder / texts_file(len(sizes)), piece)
            sizes.append(len(piece))
        if not sizes:
            raise DataError("There is no text to score: all that were read are empty or held back.")
        return sizes

    def _chosen(self, source: Source) -> Iterator[str]:
        counts = self.counts.setdefault(source.name, Counts())
        for text in source.texts():
            fate = self._fate(text)
            counts.read += 1
            setattr(counts, fate, getattr(counts, fate) + 1)
            if fate == "kept":
                yield text

    def _fate(self, text: str) -> str:
        if not text.strip():
            return "empty"
        here = mark(text)
        if here in self._held_back:
            return "held_back"
        if here in self._seen:
            return "copies"
        self._seen.add(here)
        return "kept"


def mark(text: str) -> int:
    """Eight bytes that copies of a text share, and others do not."""
    return int.from_bytes(blake2b(key(text).encode(errors="surrogatepass"), digest_size=8).digest())


def marks_of_sets(sets: Mapping[str, SetConfig], root: Path) -> Iterator[int]:
    """Marks of the texts that sets measure on; what they learn from is read only where a share of it is held back."""
    for config in sets.values():
        held = config if config.split is not None else config.model_copy(update={"train": ()})
        for split, rows in held.load(root).items():
            if split != "train":
                yield from map(mark, rows.texts)


def texts_file(number: int) -> str:
    """File of a piece of texts."""
    return f"texts-{number:06}.parquet"


def read_piece(path: Path) -> list[str]:
    """The texts of a piece."""
    from pyarrow import parquet

    texts: list[str] = parquet.read_table(path, columns=[TEXT]).column(TEXT).to_pylist()
    return texts


def write_piece(path: Path, texts: list[str]) -> None:
    """Write a piece of texts, whole or not at all."""
    import pyarrow as pa
    from pyarrow import parquet

    with whole(path) as temporary:
        parquet.write_table(pa.table({TEXT: pa.array(map(_written, texts), pa.string())}), temporary)


def _written(text: str) -> str:
    """The text as UTF-8 can hold it: half a surrogate becomes a question mark."""
    return text if text.isascii() else text.encode(errors="replace").decode()
