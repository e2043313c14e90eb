"""word2vec's binary form: a header line with count and width, then each word, a space, and its numbers in float32."""

import numpy as np

from emotion.tweets.damage import Damage
from emotion.vectors.formats.text import header
from emotion.vectors.stream import Stream
from emotion.vectors.table import Gathering

LONGEST_WORD = 1 << 16  # bytes
_TEXT = frozenset(b"0123456789+-.eE \t\r\nnaifNAIF")


def is_binary(head: bytes) -> bool:
    """Whether what follows a header line is numbers in binary, not in text."""
    first, newline, rest = head.partition(b"\n")
    found = header(first)
    if not newline or found is None:
        return False
    _, space, numbers = rest.lstrip(b"\n").partition(b" ")
    numbers = numbers.partition(b"\n")[0][: 4 * found[1]]
    return bool(space) and bool(numbers) and any(byte not in _TEXT for byte in numbers)


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
    for number in range(1, count + 1):
        if not stream.head(1):
            raise Damage(f"it ends after {number - 1:,} of {count:,} words")
        word = stream.until(b" ", LONGEST_WORD).lstrip(b"\n")
        numbers = stream.take(4 * dimension)
        gathering.held += 1
        if gathering.wants(word):
            gathering.add(word, np.frombuffer(numbers, "<f4").astype(np.float32), f"word {number:,}")
    return "word2vec binary"
