"""What labelled sets are like: labels, lengths, copies, contradictions, and texts that stand in two splits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from emotion.sets.copies import key
from emotion.sets.labelled import LabelledSet

SHOWN = 3  # examples of contradictions
MEASURED = ("validation", "test")


@dataclass(frozen=True)
class Lengths:
    """Tokens a text; `cut` is the share of texts longer than the model will read."""

    mean: float
    median: float
    p95: float
    longest: int
    cut: float


@dataclass(frozen=True)
class LabelCount:
    """The rows that carry a label, their share of all rows, and the mean of the label's targets."""

    rows: int
    share: float
    mean: float


@dataclass(frozen=True)
class Contradictions:
    """Texts whose copies carry different labels, and the rows they take; a few examples with the labels met."""

    texts: int
    rows: int
    examples: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class SplitFacts:
    """One split. `copies` are rows that repeat an earlier text, `unlabelled` rows that carry no label."""

    rows: int
    labels: dict[str, LabelCount]
    labels_a_row: float
    unlabelled: int
    lengths: Lengths
    copies: int
    contradictions: Contradictions


@dataclass(frozen=True)
class Shared:
    """Texts that two splits hold, with the rows they take in each; `one` and `other` are (set, split)."""

    one: tuple[str, str]
    other: tuple[str, str]
    texts: int
    one_rows: int
    other_rows: int
    example: str


@dataclass(frozen=True)
class SetFacts:
    """One set.

    `leaks` counts the rows of train that are copies of texts in a validation or test split of any set.
    `together` (L, L) counts the rows of all splits that carry both labels; None where a row has one.
    """

    labels: tuple[str, ...]
    multi: bool
    soft: bool
    splits: dict[str, SplitFacts]
    leaks: int
    together: tuple[tuple[int, ...], ...] | None


@dataclass(frozen=True)
class Facts:
    """Every set by name, and which splits share texts."""

    sets: dict[str, SetFacts]
    shared: tuple[Shared, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


Sets = Mapping[str, Mapping[str, LabelledSet]]


def facts(sets: Sets, tokens: Callable[[str], Sequence[str]], max_tokens: int) -> Facts:
    """Look at every split as it is, before leaks are dropped; `tokens` cuts a text as the model will."""
    looked = _Look(sets, lambda text: len(tokens(text)), max_tokens)
    return Facts({name: looked.at(name) for name in sets}, tuple(looked.shared()))


class _Look:
    """The keys of all splits, which what is said of one set needs too."""

    def __init__(self, sets: Sets, length: Callable[[str], int], max_tokens: int) -> None:
        self._sets = sets
        self._length = length
        self._max_tokens = max_tokens
        self._keys = {
            (name, split): list(map(key, rows.texts)) for name, splits in sets.items() for split, rows in splits.items()
        }
        self._held_back = {each for place, keys in self._keys.items() if place[1] in MEASURED for each in keys}

    def at(self, name: str) -> SetFacts:
        """One set."""
        splits = self._sets[name]
        labels = tuple(dict.fromkeys(label for rows in splits.values() for label in rows.labels))
        multi = any(rows.multi for rows in splits.values())
        return SetFacts(
            labels,
            multi,
            any(rows.soft for rows in splits.values()),
            {split: self._split(rows, self._keys[name, split]) for split, rows in splits.items()},
            sum(each in self._held_back for each in self._keys.get((name, "train"), ())),
            _together(splits.values(), labels) if multi else None,
        )

    def _split(self, rows: LabelledSet, keys: Sequence[str]) -> SplitFacts:
        flags = rows.flags
        counts, means = flags.sum(axis=0), rows.targets.mean(axis=0, dtype=np.float64)
        return SplitFacts(
            rows=len(rows),
            labels={
                label: LabelCount(int(counts[i]), float(counts[i] / len(rows)), float(means[i]))
                for i, label in enumerate(rows.labels)
            },
            labels_a_row=float(flags.sum() / len(rows)),
            unlabelled=int((~flags.any(axis=1)).sum()),
            lengths=_lengths(np.fromiter(map(self._length, rows.texts), np.int64, len(rows)), self._max_tokens),
            copies=len(keys) - len(set(keys)),
            contradictions=_contradictions(rows, keys),
        )

    def shared(self) -> Iterator[Shared]:
        """Each two splits that hold copies of the same texts."""
        distinct = {place: set(held) for place, held in self._keys.items()}
        for one, other in combinations(self._keys, 2):
            if both := distinct[one] & distinct[other]:
                rows = [[row for row, each in enumerate(self._keys[place]) if each in both] for place in (one, other)]
                example = self._sets[one[0]][one[1]].texts[rows[0][0]]
                yield Shared(one, other, len(both), len(rows[0]), len(rows[1]), example)


def _lengths(tokens: "np.ndarray[Any, np.dtype[np.int64]]", max_tokens: int) -> Lengths:
    return Lengths(
        mean=float(tokens.mean()),
        median=float(np.median(tokens)),
        p95=float(np.percentile(tokens, 95)),
        longest=int(tokens.max()),
        cut=float((tokens > max_tokens).mean()),
    )


def _contradictions(rows: LabelledSet, keys: Sequence[str]) -> Contradictions:
    places: dict[str, list[int]] = {}
    for row, each in enumerate(keys):
        places.setdefault(each, []).append(row)
    flags = rows.flags
    found = [held for held in places.values() if len(held) > 1 and (flags[held] != flags[held[0]]).any()]
    examples = tuple(
        (rows.texts[held[0]], tuple(rows.labels[i] for i in np.flatnonzero(flags[held].any(axis=0))))
        for held in found[:SHOWN]
    )
    return Contradictions(len(found), sum(map(len, found)), examples)


def _together(splits: Any, labels: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Rows that carry both of two labels, summed over splits, which may know the labels in other orders."""
    counts = np.zeros((len(labels), len(labels)), np.int64)
    for rows in splits:
        places = [labels.index(label) for label in rows.labels]
        flags = rows.flags.astype(np.int64)
        counts[np.ix_(places, places)] += flags.T @ flags
    return tuple(tuple(row) for row in counts.tolist())
