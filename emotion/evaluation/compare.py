"""Two models on the same labelled sets: everything that `emotion.evaluation.comparison` describes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.answers import Answers, skipped
from emotion.evaluation.bootstrap import LEVEL, Resampling, Side, differences, label_differences, sides
from emotion.evaluation.comparison import (
    Comparison,
    Example,
    HeadComparison,
    LabelPair,
    McNemar,
    Said,
    SetComparison,
    Speeds,
    Who,
)
from emotion.evaluation.counted import counted, counted_name, with_counted
from emotion.evaluation.counts import main_measure
from emotion.evaluation.held import Held, Note, Scored
from emotion.evaluation.metrics import Flags
from emotion.evaluation.scoring import described, scored
from emotion.evaluation.worst import labels_on, written
from emotion.models.config import HeadConfig, primary_head, profile_head
from emotion.sets.labelled import LabelledSet

if TYPE_CHECKING:
    from emotion.predictor import Predictor

EXAMPLES = 5  # of each kind of difference
TASKS = {"single": "one label a text", "multi": "several labels a text", "hit": "the best of several labels"}


def compare(
    first: "Predictor",
    second: "Predictor",
    sets: Sequence[Held],
    how: Resampling | None = None,
    speeds: Speeds | None = None,
    note: Note = lambda line: None,
) -> Comparison:
    """Measure both models on every set, head by head, on the same resamples of the same rows."""
    how = how or Resampling()
    pairs = paired(first.bundle.heads, second.bundle.heads)
    compared = []
    for held in sets:
        named = held.measured
        note(f"{named.name}: {len(named.rows):,} texts")
        compared.append(_set(held, pairs, (scored(first, named.rows), scored(second, named.rows)), how))
    return Comparison(described(first), described(second), tuple(compared), speeds, how.resamples, how.seed, LEVEL)


def paired(first: Sequence[HeadConfig], second: Sequence[HeadConfig]) -> list[tuple[HeadConfig, HeadConfig]]:
    """Heads of two models that answer the same question: those of one name, else those of one role."""
    named = {head.name: head for head in second}
    pairs = [(head, named[head.name]) for head in first if head.name in named]
    roles = [(primary_head(first), primary_head(second)), (profile_head(first), profile_head(second))]
    for mine, other in roles:
        taken = {head.name for pair in pairs for head in pair}
        if mine is not None and other is not None and not {mine.name, other.name} & taken:
            pairs.append((mine, other))
    return pairs


def mcnemar(first: Flags, second: Flags) -> McNemar:
    """McNemar's exact test of which rows (N,) each model answers rightly."""
    from scipy.stats import binomtest

    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    either = only_first + only_second
    return McNemar(only_first, only_second, float(binomtest(only_first, either).pvalue) if either else 1.0)


def _set(
    held: Held, pairs: Sequence[tuple[HeadConfig, HeadConfig]], found: tuple[Scored, Scored], how: Resampling
) -> SetComparison:
    compared, left = [], []
    rows = held.measured.rows
    asked = [pair for pair in pairs if held.heads is None or {head.name for head in pair} & set(held.heads)]
    for heads in asked:
        names = (heads[0].name, heads[1].name)
        mine, other = _answered(held, heads, found)
        if mine is None or other is None:
            left.append(f"{' and '.join(dict.fromkeys(names))}: fewer than two labels that both and the texts know")
        elif mine.task != other.task:
            left.append(f"{' and '.join(dict.fromkeys(names))}: {TASKS[mine.task]} against {TASKS[other.task]}")
        else:
            compared.append(_heads(names, mine, other, rows, how))
    for heads in asked:
        mine, other = _counted(held, heads, found) if heads[0].primary and heads[1].primary else (None, None)
        if mine is not None and other is not None:
            compared.append(_heads((counted_name(heads[0]), counted_name(heads[1])), mine, other, rows, how))
    return SetComparison(held.measured.name, len(rows), rows.labels, rows.multi, tuple(compared), tuple(left))


def _answered(
    held: Held, heads: tuple[HeadConfig, HeadConfig], found: tuple[Scored, Scored]
) -> tuple[Answers | None, Answers | None]:
    """What both heads say of the set, its labels called as the first of them that has names for these does."""
    common = [label for label in heads[0].labels if label in heads[1].labels]
    rows = held.seen_by(_namer(held, heads).name).measured.rows
    mine, other = (replace(one, rows=rows).answers(head, labels=common) for one, head in zip(found, heads, strict=True))
    return mine, other


def _counted(
    held: Held, heads: tuple[HeadConfig, HeadConfig], found: tuple[Scored, Scored]
) -> tuple[Answers | None, Answers | None]:
    """What both models count as their answers to the set."""
    namer = _namer(held, heads)
    rows = with_counted(held, namer, beside=heads[1]).seen_by(counted_name(namer)).measured.rows
    first, second = (replace(one, rows=rows) for one in found)
    return counted(heads[0], first, beside=heads[1]), counted(heads[1], second, beside=heads[0])


def _namer(held: Held, heads: tuple[HeadConfig, HeadConfig]) -> HeadConfig:
    """The head that the set's labels are called for: the first of both that has names for some."""
    return next((head for head in heads if held.names.get(head.name)), heads[0])


def _heads(
    names: tuple[str, str], first: Answers, second: Answers, rows: LabelledSet, how: Resampling
) -> HeadComparison:
    second = _ordered(second, first.labels)
    mine, other = sides((first, second), how)
    same = (first.guess == second.guess).all(axis=1)
    crossed = None if first.task == "multi" else first.guess.T.astype(np.int64) @ second.guess.astype(np.int64)
    return HeadComparison(
        heads=names,
        task=first.task,
        labels=first.labels,
        rows=len(first),
        main=main_measure(first.task, first.labels),
        first=mine.measures,
        second=other.measures,
        differences=differences(other, mine),
        mcnemar=mcnemar(first.right, second.right),
        agreement=float(same.mean()),
        per_label=_per_label(mine, other),
        crossed=None if crossed is None else tuple(map(tuple, crossed.tolist())),
        examples=tuple(_examples(first, second, rows.texts, np.flatnonzero(~same))),
        skipped=skipped(first, rows),
        counted=first.counted,
    )


def _per_label(first: Side, second: Side) -> tuple[LabelPair, ...]:
    rows = zip(first.per_label, second.per_label, label_differences(second, first), strict=True)
    return tuple(LabelPair(a.label, a.support, a.f1.value, b.f1.value, difference) for a, b, difference in rows)


def _examples(first: Answers, second: Answers, texts: Sequence[str], rows: NDArray[np.int64]) -> Iterator[Example]:
    """Of each kind of difference the rows on which the scores lie furthest apart."""
    apart = np.abs(first.shares - second.shares).max(axis=1)
    rows = rows[np.argsort(-apart[rows], kind="stable")]
    a, b = first.right[rows], second.right[rows]
    kinds: tuple[tuple[Who, Flags], ...] = (("first right", a & ~b), ("second right", b & ~a), ("both wrong", ~a & ~b))
    for who, mask in kinds:
        for row in rows[mask][:EXAMPLES].tolist():
            truth = labels_on(first.labels, first.truth[row])
            yield Example(written(texts[first.rows[row]]), truth, who, _said(first, row), _said(second, row))


def _said(given: Answers, row: int) -> Said:
    scores = given.shares[row][given.guess[row]]
    return Said(labels_on(given.labels, given.guess[row]), tuple(float(score) for score in scores))


def _ordered(given: Answers, labels: tuple[str, ...]) -> Answers:
    """The same answers with their labels in another order."""
    columns = [given.labels.index(label) for label in labels]
    arrays = {name: getattr(given, name)[:, columns] for name in ("truth", "scores", "guess")}
    return replace(given, labels=labels, **arrays)
