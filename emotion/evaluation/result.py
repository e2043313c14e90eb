"""What an evaluation says, as one JSON document (`evaluation.json`); read and written by `load` and `dump`.

    Evaluation            one model, measured
    └── sets              a labelled file, or a set of a recipe
        └── heads         what one head of the model is worth on it, and what is counted as the answer
            ├── measures, per_label, confusion
            ├── skipped                      rows that it was not measured on
            ├── roc, precision_recall        one curve a label
            ├── calibration                  one entry a head (softmax, binary) or a label (sigmoid)
            ├── slices                       kinds of texts
            ├── errors                       the only texts of the document
            └── baseline                     the linear model on the same rows, and the difference to it

Measures go by their names: `accuracy`, `hit`, `jaccard`, `exact`, `{macro,micro,weighted}_{precision,recall,f1}`,
`roc_auc` and `average_precision` (means over labels). All are shares from 0 to 1, higher is better. Intervals hold
`Evaluation.level` (0.95) of `Evaluation.resamples` bootstrap resamples of the rows (Efron and Tibshirani 1993,
percentiles).

This module loads neither numpy nor torch, so that pages can be made of evaluations anywhere.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from emotion.errors import DataError

VERSION = 1
_NAMED = 5  # labels of rows that are skipped, in words

Task = Literal["single", "multi", "hit"]
"""`single`: one label a text, the best-scored is the guess. `multi`: each label above its threshold is a guess.
`hit`: one guess, the best-scored, on texts with several labels; it is right where it is one of theirs."""


class Estimate(msgspec.Struct, frozen=True):
    """A number with the interval around it; no interval where none was computed."""

    value: float
    low: float | None = None
    high: float | None = None


class LabelNumbers(msgspec.Struct, frozen=True):
    """One label: of `support` rows that carry it `hits` were found; `guesses` rows were given it."""

    label: str
    precision: float
    recall: float
    f1: Estimate
    support: int
    guesses: int
    hits: int


class Curve(msgspec.Struct, frozen=True):
    """A curve of one label in at most 200 points, and the area under all of its points.

    ROC: x is the false positive rate, y the true positive rate. Precision-recall: x is the recall, y the precision, and
    the area is the average precision. Both in order of x.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    area: float


class Bin(msgspec.Struct, frozen=True):
    """Texts with a confidence from `low` to `high`: its mean, and the share that is right (or positive)."""

    low: float
    high: float
    rows: int
    confidence: float
    right: float


class Reliability(msgspec.Struct, frozen=True):
    """How far confidence can be trusted: bins that hold texts, expected calibration error, Brier score."""

    bins: tuple[Bin, ...]
    error: float
    brier: float


class Calibration(msgspec.Struct, frozen=True):
    """Reliability as the model is, and after its logits are divided by a temperature chosen on validation.

    Of a softmax or binary head: the confidence of the best label, and whether it is right (`label` is None). Of a
    sigmoid head: the score of each label, and whether a text carries it.
    """

    label: str | None
    before: Reliability
    after: Reliability | None = None
    temperature: float | None = None


class Slice(msgspec.Struct, frozen=True):
    """Rows of one kind. F1 means are over the labels that occur among them."""

    name: str  # short, long, emoji, …
    meaning: str  # for people: "at most 8 words"
    rows: int
    measures: dict[str, Estimate]
    baseline: dict[str, Estimate] | None = None


class Word(msgspec.Struct, frozen=True):
    """A word, its place in the raw text, and how much the model looked at it; the weights of a text sum to 1."""

    word: str
    weight: float
    start: int
    end: int


class WorstError(msgspec.Struct, frozen=True):
    """A text of which the model was sure and wrong.

    `confidence` is how sure it was of `label`: that it is the text's label, or, where `missed`, that it is none.
    """

    text: str
    truth: tuple[str, ...]
    guess: tuple[str, ...]
    label: str
    confidence: float
    missed: bool = False
    words: tuple[Word, ...] | None = None  # None for models without attention


class Baseline(msgspec.Struct, frozen=True):
    """TF-IDF with balanced logistic regression on the same rows; differences are the model less this one."""

    train: str  # what it was trained on
    train_rows: int
    dropped: int  # rows of it that were left out, as they are measured on too
    measures: dict[str, Estimate]
    differences: dict[str, Estimate]
    per_label: tuple[LabelNumbers, ...]


class Skipped(msgspec.Struct, frozen=True):
    """Rows of a set that are not measured on, and what they carry instead: `labelled neutral`, `without a label`."""

    why: str
    rows: int


def in_words(skipped: Sequence[Skipped]) -> str:
    """A sentence that tells all of them; nothing where there are none."""
    first, rest = skipped[:_NAMED], skipped[_NAMED:]
    told = [f"{one.rows:,} {one.why}" for one in first]
    told += [f"{sum(one.rows for one in rest):,} with {len(rest)} other labels"] if rest else []
    return f"Texts not measured on: {', '.join(told)}." if told else ""


class HeadEvaluation(msgspec.Struct, frozen=True):
    """One head on one set: on the labels that both know, and on rows that carry one of them (`multi`: on all rows).

    Of the kind `counted`: what stores count, the best label of the primary head where anything is felt, else `none`; on
    all labels of this head and `none`, and without curves and calibration, as it is a decision and no probability.
    """

    head: str
    kind: Literal["softmax", "sigmoid", "binary", "counted"]
    task: Task
    labels: tuple[str, ...]
    rows: int
    main: str  # the measure to name first
    measures: dict[str, Estimate]
    per_label: tuple[LabelNumbers, ...] = ()  # empty for hits, unless they are counted
    thresholds: tuple[float, ...] | None = None
    confusion: tuple[tuple[int, ...], ...] | None = None  # single: rows of a true label (first) by guess (second)
    roc: tuple[Curve, ...] = ()  # of labels that some rows carry and some do not
    precision_recall: tuple[Curve, ...] = ()
    calibration: tuple[Calibration, ...] = ()
    slices: tuple[Slice, ...] = ()
    errors: tuple[WorstError, ...] = ()
    baseline: Baseline | None = None
    skipped: tuple[Skipped, ...] = ()


class SetEvaluation(msgspec.Struct, frozen=True):
    """All heads of a model on one labelled set; `validation` names what temperatures were chosen on."""

    name: str
    rows: int
    labels: tuple[str, ...]
    several: bool  # labels a text
    heads: tuple[HeadEvaluation, ...]
    split: str | None = None
    validation: str | None = None


class Model(msgspec.Struct, frozen=True):
    """The model that was measured."""

    id: str
    name: str
    engine: str
    languages: tuple[str, ...] = ()
    parameters: int | None = None


class Evaluation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a model is worth on labelled sets."""

    model: Model
    sets: tuple[SetEvaluation, ...]
    resamples: int
    seed: int  # of the resamples
    level: float = 0.95
    version: int = VERSION


def dump(evaluation: Evaluation) -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(evaluation)


def load(path: Path) -> Evaluation:
    """Read what `dump` wrote; a DataError says what is wrong with the file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Evaluation)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    except msgspec.MsgspecError as error:
        raise DataError(f"{path} is not an evaluation that this version reads: {error}.") from None
