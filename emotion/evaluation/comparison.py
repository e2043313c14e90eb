"""What a comparison of two models says, as one JSON document; every difference is the second less the first.

Comparison            two models on the same labelled sets
└── sets
    └── heads         a head of each, on the labels that both and the set know
        ├── first, second, differences       measures as in `emotion.evaluation.result`
        ├── labels                           F1 of each label
        ├── mcnemar, agreement, crossed
        ├── skipped                          rows that they are not measured on
        └── examples                         where they differ: the only texts of the document
"""

from typing import Literal

import msgspec

from emotion.evaluation.result import Estimate, Model, Skipped, Task

Who = Literal["first right", "second right", "both wrong"]


class McNemar(msgspec.Struct, frozen=True):
    """Rows that one model alone answers rightly, and the chance of so uneven a split if both were equally good.

    The exact two-sided test (McNemar 1947; Edwards 1948). With several labels a text, right means all of them.
    """

    only_first: int
    only_second: int
    p_value: float


class LabelPair(msgspec.Struct, frozen=True):
    """F1 of one label by each model."""

    label: str
    support: int
    first: float
    second: float
    difference: Estimate


class Said(msgspec.Struct, frozen=True):
    """A model's answer to one text: the labels it gives, and their scores."""

    guess: tuple[str, ...]
    scores: tuple[float, ...]


class Example(msgspec.Struct, frozen=True):
    """A text that the models answer differently."""

    text: str
    truth: tuple[str, ...]
    who: Who
    first: Said
    second: Said


class HeadComparison(msgspec.Struct, frozen=True):
    """A head of each model on the same rows, or what both count as their answer."""

    heads: tuple[str, str]
    task: Task
    labels: tuple[str, ...]
    rows: int
    main: str
    first: dict[str, Estimate]
    second: dict[str, Estimate]
    differences: dict[str, Estimate]
    mcnemar: McNemar
    agreement: float  # share of the rows with the same answer
    per_label: tuple[LabelPair, ...] = ()  # empty for hits
    crossed: tuple[tuple[int, ...], ...] | None = None  # rows by guess of the first and of the second; None for multi
    examples: tuple[Example, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    counted: bool = False  # as in `HeadEvaluation.kind`


class SetComparison(msgspec.Struct, frozen=True):
    """All pairs of heads on one labelled set; `left` says of other pairs why they are not compared."""

    name: str
    rows: int
    labels: tuple[str, ...]
    several: bool
    heads: tuple[HeadComparison, ...]
    left: tuple[str, ...] = ()


class Speeds(msgspec.Struct, frozen=True):
    """Texts a second of each model on one thread of this machine, texts to predictions; `texts` were timed."""

    texts: int
    first: float
    second: float


class Comparison(msgspec.Struct, frozen=True):
    """Two models side by side."""

    first: Model
    second: Model
    sets: tuple[SetComparison, ...]
    speeds: Speeds | None
    resamples: int
    seed: int
    level: float = 0.95
    version: int = 1


def dump(comparison: Comparison) -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(comparison)
