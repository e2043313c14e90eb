"""The words a model knows, with their counts; as a file, one `word<TAB>count` a line, most frequent first."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Self

from emotion.errors import BundleError
from emotion.text.rules import Rules
from emotion.text.tokens import Tokenizer

PAD = 0
UNKNOWN = 1
FIRST = 2  # id of words[0]

_COUNT = re.compile("0|[1-9][0-9]{0,17}")


class Vocabulary:
    """Known words: `words[i]` has the id `i + 2`, as 0 is padding and 1 stands for every unknown word.

    `len()` counts the two specials too: it is the number of rows of an embedding.
    """

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts
        self.words = list(counts)
        self.ids = {word: i for i, word in enumerate(self.words, FIRST)}

    @classmethod
    def build(cls, token_lists: Iterable[Iterable[str]], min_count: int = 1, max_size: int | None = None) -> Self:
        """Words met at least `min_count` times, the `max_size` most frequent of these (specials not counted)."""
        counts = Counter(chain.from_iterable(token_lists))
        kept = sorted((-count, word) for word, count in counts.items() if count >= min_count)
        return cls({word: -count for count, word in kept[:max_size]})

    @classmethod
    def learn(cls, texts: Sequence[str], rules: Rules, min_count: int = 1, max_size: int | None = None) -> Self:
        """The words of texts, read twice: the plain words are counted first, as hashtags are split by these counts."""
        plain: Counter[str] = Counter()
        if rules.hashtags == "split":
            first = Tokenizer(rules.model_copy(update={"hashtags": "keep"}), None)
            plain.update(word for text in texts for word in first.tokens(text) if len(word) == 1 or word[0] != "#")
        return cls.build(map(Tokenizer(rules, plain).tokens, texts), min_count, max_size)

    def __len__(self) -> int:
        return FIRST + len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and list(self.counts.items()) == list(other.counts.items())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Vocabulary of {len(self.words):,} words"

    def save(self, path: Path) -> None:
        """Write UTF-8 text; a word with white space or a lone surrogate is refused with ValueError."""
        for word in self.words:
            if word.split() != [word]:
                raise ValueError(f"{word!r} holds white space and cannot be saved in a vocabulary.")
        path.write_bytes(_written(self.counts).encode())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote; anything else raises BundleError with the line."""
        try:
            text = path.read_bytes().decode()
        except OSError as error:
            raise BundleError(f"The vocabulary {path} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise BundleError(f"The vocabulary {path} is damaged: byte {error.start} is not UTF-8.") from error
        counts = _read(text)
        if counts is None:
            raise BundleError(
                f"The vocabulary {path} is damaged: {_fault(text)} Take the bundle from its source again."
            )
        return cls(counts)


def _written(counts: dict[str, int]) -> str:
    return "".join(f"{word}\t{count}\n" for word, count in counts.items())


def _read(text: str) -> dict[str, int] | None:
    """Counts by word, or None when the text is not exactly what `_written` gives."""
    cells = text.replace("\n", "\t").split("\t")
    try:
        counts = dict(zip(cells[:-1:2], map(int, cells[1::2]), strict=True))
    except ValueError:
        return None
    sound = "" not in counts and min(counts.values(), default=0) >= 0 and _written(counts) == text
    return counts if sound else None


def _fault(text: str) -> str:
    """A sentence about the first line that is wrong."""
    seen: set[str] = set()
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        word, _, count = line.partition("\t")
        if not word or not _COUNT.fullmatch(count):
            return f"line {number} is {line[:60]!r}, not a word, a tab and a count."
        if word in seen:
            return f"line {number} repeats the word {word[:60]!r}."
        seen.add(word)
    return "its last line is cut."
