"""word2vec's binary form: a header line with count and width, then each word, a space, and its numbers in float32."""

import codecs

import numpy as np

from emotion.tweets.damage import Damage
from emotion.vectors.formats.text import header, row_of
from emotion.vectors.stream import Stream
from emotion.vectors.table import Gathering

LONGEST_WORD = 1 << 16  # bytes
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r")  # no text holds these


def is_binary(head: bytes) -> bool:
    """Whether what follows a header line is numbers in binary, any of whose bytes may be an end of line."""
    first, newline, rest = head.partition(b"\n")
    found = header(first)
    if not newline or found is None:
        return False
    fields = rest.lstrip(b"\n").partition(b"\n")[0].split()
    if len(fields) > found[1] and row_of(fields[len(fields) - found[1] :]) is not None:
        return False
    return b" " in rest and not _is_text(rest)


def _is_text(head: bytes) -> bool:
    """Whether bytes, which may stop within a character, are text."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return _CONTROLS.isdisjoint(head)


def read(stream: Stream, gathering: Gathering) -> str:
    """Gather the rows; the name of the format.

    Raises:
        Damage: the file is shorter than its header says.
    """
    announced = header(stream.until(b"\n", 64))
    if announced is None:
        raise Damage("it does not begin with a count and a width")
    count, dimension = announced
    gathering.set_dimension(dimension)
    number = 0
    while number < count or stream.head(2).strip(b"\n"):
        if not stream.head(1):
            raise Damage(f"it ends after {number:,} of {count:,} words")
        number += 1
        word = stream.until(b" ", LONGEST_WORD).lstrip(b"\n")
        numbers = stream.take(4 * dimension)
        gathering.held += 1
        if gathering.wants(word):
            gathering.add(word, np.frombuffer(numbers, "<f4").astype(np.float32), f"word {number:,}")
    if number != count:
        gathering.faults.add("count", f"{count:,} announced, {number:,} there", number - count)
    return "word2vec binary"
