"""Text: a word and its numbers a line. GloVe has no header; word2vec and fastText's .vec begin with count and width.

A word may hold spaces, as some of GloVe 840B do: the last D fields are the numbers, and the word does not end in one.
"""

import re
from collections.abc import Sequence

import numpy as np

from emotion.vectors.stream import Stream
from emotion.vectors.table import SHOWN, Gathering, Vectors

_BLANK = b" \t\r"
_BLANKS = re.compile(rb"[ \t]+")


def read(stream: Stream, gathering: Gathering) -> str:
    """Gather the rows; the name of the format."""
    announced, number, blank = None, 0, 0
    for number, line in enumerate(stream.lines(), 1):
        if number == 1 and line is not None:
            announced = header(line)
            if announced is not None:
                gathering.set_dimension(announced[1])
                continue
        if line is not None and not line.strip(_BLANK):
            blank += 1
            continue
        _take(line, number, gathering)
    count = number - blank - (announced is not None)
    if announced is not None and announced[0] != count:
        gathering.faults.add("count", f"{announced[0]:,} announced, {count:,} there", abs(announced[0] - count))
    return "glove" if announced is None else "word2vec"


def header(line: bytes) -> tuple[int, int] | None:
    """Count and width, where the line is a header."""
    fields = line.split()
    if len(fields) != 2 or not all(field.isdigit() and len(field) < 12 for field in fields):
        return None
    return int(fields[0]), int(fields[1])


def _take(line: bytes | None, number: int, gathering: Gathering) -> None:
    if line is None:
        gathering.faults.add("width", f"line {number}, too long")
        return
    line = line.rstrip(_BLANK)
    if b"\t" in line or b"  " in line:
        line = _BLANKS.sub(b" ", line)
    width = line.count(b" ")
    if gathering.dimension is None:
        gathering.set_dimension(max(width, 1))
    wanted = gathering.dimension or 0
    if width < wanted:
        gathering.faults.add("width", f"line {number}, {_shown(line)}")
        return
    word, _, numbers = line.partition(b" ")
    if width > wanted:
        word, *found = line.rsplit(b" ", wanted)
        numbers = b" ".join(found)
    if width > wanted and _is_number(word.rpartition(b" ")[2]):
        gathering.faults.add("width", f"line {number}, {_shown(line)}")
        return
    gathering.held += 1
    if gathering.wants(word):
        _add(word, numbers, number, gathering)


def _add(word: bytes, numbers: bytes, number: int, gathering: Gathering) -> None:
    row = row_of(numbers.split(b" "))
    if row is None or len(row) != gathering.dimension:
        gathering.faults.add("broken", f"line {number}, {_shown(word)}")
        gathering.held -= 1
    else:
        gathering.add(word, row, f"line {number}")


def row_of(fields: Sequence[bytes]) -> Vectors | None:
    """The numbers in these fields, unless one is none."""
    if any(b"_" in field for field in fields):  # Python would take 1_0 for a number
        return None
    try:
        values = np.array([float(field) for field in fields], np.float64)
    except ValueError:
        return None
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _is_number(field: bytes) -> bool:
    """Whether a line too wide has one number too many, rather than a word of several fields: `to infinity 0.1`."""
    return any(48 <= byte <= 57 for byte in field) and row_of([field]) is not None


def _shown(line: bytes) -> str:
    return repr(line[:SHOWN].decode("utf-8", "replace"))
