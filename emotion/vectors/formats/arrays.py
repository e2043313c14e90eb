"""Arrays (N, D): `.npy` without objects, and safetensors; their words lie beside them, one a line."""

from pathlib import Path
from typing import Any

import numpy as np

from emotion.errors import DataError
from emotion.vectors.stream import PIECE, SAFE, opened
from emotion.vectors.subwords import SubWords, composed
from emotion.vectors.table import Gathering, Table, Vectors

VECTORS, PIECES = "vectors", "pieces"  # tensors of a safetensors file
SHORTEST, LONGEST = "shortest_piece", "longest_piece"  # in its header
LONGEST_LIST = 1 << 16  # bytes of a word in a list of words


def read_npy(path: Path, gathering: Gathering, words: Path) -> Table:
    """The table of a NumPy array whose words are the lines of `words`."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # NumPy evaluates the header, and lets through whatever that raises
        has_objects = any(sign in str(error).lower() for sign in ("pickle", "objects"))
        said = f"it holds objects; {SAFE}" if has_objects else str(error)[:200]
        raise DataError(f"{gathering.name} is no array that can be read: {said}.") from None
    _gather(array, gathering, words)
    return gathering.table("npy")


def read_safetensors(path: Path, gathering: Gathering, words: Path, subwords: bool = True) -> Table:
    """The table of a safetensors file with one matrix, or with one named `vectors`; sub-words under `pieces`."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            names = list(file.keys())
            name = VECTORS if VECTORS in names else _only(names, gathering.name)
            _gather(file.get_slice(name), gathering, words)
            made = _made(file, gathering) if subwords and PIECES in names else {}
    except (SafetensorError, ValueError, KeyError, TypeError, OSError) as error:
        raise DataError(f"{gathering.name} is no safetensors file that can be read: {str(error)[:200]}.") from None
    return gathering.table("safetensors", made)


def words_beside(path: Path) -> Path:
    """Where the words of an array lie: `NAME.words.txt`, or `words.txt` in its folder.

    Raises:
        DataError: nowhere.
    """
    stem = path.name.partition(".")[0]
    tried = [path.with_name(f"{stem}.words.txt"), path.with_name("words.txt")]
    for place in tried:
        if place.is_file():
            return place
    named = " and ".join(str(place) for place in tried)
    raise DataError(f"{path} has rows without words: tried {named}. Put them there, one a line, or name them: words.")


def _gather(array: Any, gathering: Gathering, words: Path) -> None:
    """Rows of the wanted words, a stretch of the array at a time."""
    shape = tuple(int(size) for size in (array.shape if hasattr(array, "shape") else array.get_shape()))
    if len(shape) != 2:
        raise DataError(f"{gathering.name} holds an array of shape {shape}; word vectors are (words, dimensions).")
    gathering.set_dimension(shape[1])
    listed = _listed(words)
    if len(listed) != shape[0]:
        raise DataError(f"{gathering.name} has {shape[0]:,} rows, and {words} {len(listed):,} words.")
    step = max(PIECE // (4 * shape[1]), 1)
    for start in range(0, shape[0], step):
        wanted = [place for place in range(start, min(start + step, shape[0])) if gathering.wants(listed[place])]
        gathering.held += min(step, shape[0] - start)
        if wanted:
            stretch = _numbers(array[start : min(start + step, shape[0])], gathering.name)
            for place in wanted:
                gathering.add(listed[place], stretch[place - start], f"row {place + 1:,}")


def _numbers(stretch: Any, name: str) -> Vectors:
    values = np.asarray(stretch)
    if values.dtype.kind not in "fiu":
        raise DataError(f"{name} holds {values.dtype}; word vectors are numbers.")
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _listed(words: Path) -> list[bytes]:
    """Words of a list; what follows a tab, as a count, is not looked at."""
    with opened(words) as stream:
        lines = [None if line is None else line.rstrip(b"\r").partition(b"\t")[0] for line in stream.lines()]
    if any(line is None or len(line) > LONGEST_LIST for line in lines):
        raise DataError(f"{words} is no list of words, one a line.")
    return [line for line in lines if line is not None]


def _only(names: list[str], name: str) -> str:
    if len(names) != 1:
        raise DataError(f"{name} holds {', '.join(names[:5]) or 'nothing'}; one matrix is expected, named {VECTORS!r}.")
    return names[0]


def _made(file: Any, gathering: Gathering) -> dict[str, Vectors]:
    """Wanted words that have no row, made of their pieces."""
    matrix, header = file.get_slice(PIECES), file.metadata() or {}
    height, width = (int(size) for size in matrix.get_shape())
    if width != gathering.dimension:
        raise DataError(f"{gathering.name} has words of {gathering.dimension} dimensions and pieces of {width}.")
    cut = SubWords(int(header[SHORTEST]), min(int(header[LONGEST]), 64), height)
    wanted = [word.decode("utf-8", "replace") for word in sorted(gathering.wanted or ())]
    pieces = {word: cut.rows(word) for word in wanted if word not in gathering.words}
    rows = {
        row: _numbers(matrix[row : row + 1], gathering.name)[0]
        for row in {row for each in pieces.values() for row in each}
    }
    return {word: row for word, row in composed(pieces, rows, pieces).items() if np.isfinite(row).all()}
