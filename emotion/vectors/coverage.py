"""How much of a vocabulary has a vector: of its words, and of all that is read with it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Coverage:
    """`words` of the vocabulary have a vector, which stand for `tokens` of all its tokens."""

    words: int
    of_words: int
    tokens: int
    of_tokens: int

    def __str__(self) -> str:
        return (
            f"{self.words:,} of {self.of_words:,} words have a vector ({_share(self.words, self.of_words)}), "
            f"{_share(self.tokens, self.of_tokens)} of all tokens"
        )


def coverage(counts: Mapping[str, int], has: Collection[str]) -> Coverage:
    """Coverage of words by their counts."""
    covered = [count for word, count in counts.items() if word in has]
    return Coverage(len(covered), len(counts), sum(covered), sum(counts.values()))


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.1f} %"
