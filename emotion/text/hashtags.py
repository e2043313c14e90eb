"""Hashtags cut into words: at capitals, digits and underscores, then by the likeliest words of the vocabulary."""

import re
from collections.abc import Mapping
from functools import cached_property
from math import log

from emotion.text.contractions import CONTRACTED
from emotion.text.memo import Memo

_PIECE = re.compile(r"\d*(?:1st|2nd|3rd|[04-9]th|1[1-3]th)|\d+|[A-Z]+(?![^\W\dA-Z_])|[A-Z]?[^\W\dA-Z_]+|[A-Z]|[^\W_]")
_HALVES = frozenset(("ai", "ca", "wo"))  # words only before n't
_LONGEST_WORD = 24
_LONGEST_PIECE = 140  # characters; more is noise, kept whole


class Splitter:
    """Words of a hashtag (without its `#`) by a unigram model over counts, remembered for tags met again.

    An unknown word of n letters has probability 10 / (total * 10^n): Norvig, "Natural Language Corpus Data", 2009.
    """

    def __init__(self, counts: Mapping[str, int] | None) -> None:
        self._counts = counts or {}
        self._memo: Memo[tuple[str, ...]] = Memo(self._split)

    def words(self, tag: str) -> tuple[str, ...]:
        """The words as written in the tag, one after the other; joined they give the tag without underscores."""
        return self._memo[tag]

    def _split(self, tag: str) -> tuple[str, ...]:
        if tag.lower() in self._counts:
            return (tag,)
        pieces = _PIECE.findall(tag)
        return tuple(word for piece in pieces for word in self._likeliest(piece))

    def _likeliest(self, piece: str) -> list[str]:
        if not any(self._counts.values()) or not 3 < len(piece) <= _LONGEST_PIECE or not piece.isalpha():
            return [piece]
        lower = piece.lower()
        if len(lower) != len(piece):  # a letter whose lower case is two characters
            return [piece]
        known, unknown = self._weights
        best = [0.0]  # log-probability of the best cut of piece[:i]
        cuts = [0]
        for end in range(1, len(piece) + 1):
            score, cut = max(
                (best[start] + known.get(lower[start:end], unknown[end - start]), start)
                for start in range(max(0, end - _LONGEST_WORD), end)
            )
            best.append(score)
            cuts.append(cut)
        return _cut(piece, cuts)

    @cached_property
    def _weights(self) -> tuple[dict[str, float], list[float]]:
        """log-probability of each known word (of single letters a and i only), and of an unknown one by its length."""
        total = sum(self._counts.values())
        counts = {
            word: count
            for word, count in self._counts.items()
            if word not in _HALVES and (len(word) > 1 or word in "ai")
        }
        for word, (stem, ending) in CONTRACTED.items():
            count = min(self._counts.get(word[:stem], 0), self._counts.get(ending, 0))
            counts[word] = max(count, counts.get(word, 0))
        known = {word: log(count / total) for word, count in counts.items() if count}
        return known, [log(10 / total) - length * log(10) for length in range(_LONGEST_WORD + 1)]


def _cut(piece: str, cuts: list[int]) -> list[str]:
    words = []
    end = len(piece)
    while end:
        words.append(piece[cuts[end] : end])
        end = cuts[end]
    return words[::-1]
