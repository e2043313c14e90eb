"""Texts with slots such as {joyful}, filled from a lexicon."""

import re
from collections.abc import Mapping, Sequence
from math import prod
from random import Random
from zlib import crc32

Lexicon = Mapping[str, Sequence[str]]

_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def slots(texts: Sequence[str]) -> list[str]:
    """Names of the slots, each once, in order of appearance."""
    return list(dict.fromkeys(name for text in texts for name in _SLOT.findall(text)))


def filled(texts: Sequence[str], lexicon: Lexicon, most: int) -> list[tuple[str, ...]]:
    """The texts, filled together in every way, or in `most` ways drawn by chance that depends on the texts alone.

    A slot that stands twice gets one word.
    """
    names = slots(texts)
    ways = range(prod(len(lexicon[name]) for name in names))
    drawn = sorted(Random(crc32("\n".join(texts).encode())).sample(ways, min(most, len(ways))))
    return [_fill(texts, _words(names, lexicon, number)) for number in drawn]


def _words(names: Sequence[str], lexicon: Lexicon, number: int) -> dict[str, str]:
    """One word a slot: the `number`-th of all combinations."""
    words = {}
    for name in names:
        number, at = divmod(number, len(lexicon[name]))
        words[name] = lexicon[name][at]
    return words


def _fill(texts: Sequence[str], words: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(_SLOT.sub(lambda match: words[match[1]], text) for text in texts)
