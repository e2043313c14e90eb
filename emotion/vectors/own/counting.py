"""Counts of words in bounded memory: when there are too many words, the rarest go."""

from collections import Counter
from collections.abc import Iterable, Mapping

LIMIT = 2_000_000  # words counted at a time: some 300 MB


class BoundedCounter:
    """How often words are met, at most `limit` of them.

    When there are more, those met least go, as in word2vec (Mikolov et al. 2013): a word that is rare everywhere may be
    counted too low by `lost`, one that is frequent is not.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.counts: Counter[str] = Counter()
        self.total = 0
        self.lost = 0
        self._limit = limit

    def add(self, words: Iterable[str]) -> None:
        """Count words."""
        before = len(self.counts)
        for word in words:
            self.counts[word] += 1
            self.total += 1
        if len(self.counts) > max(self._limit, before):
            self._reduce()

    def frequent(self, least: int, most: int) -> dict[str, int]:
        """Words met at least `least` times, the `most` most frequent, most frequent first."""
        kept = sorted((-count, word) for word, count in self.counts.items() if count >= least)
        return {word: -count for count, word in kept[:most]}

    def _reduce(self) -> None:
        while len(self.counts) > self._limit:
            self.lost += 1
            self.counts = Counter({word: count for word, count in self.counts.items() if count > self.lost})


def plain(counts: Mapping[str, int]) -> dict[str, int]:
    """The words that are no hashtags, by whose counts hashtags are split."""
    return {word: count for word, count in counts.items() if len(word) == 1 or word[0] != "#"}
