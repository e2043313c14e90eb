"""A model measured on labelled sets: everything that `emotion.evaluation.result` describes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from emotion.evaluation.answers import Answers, skipped
from emotion.evaluation.beside import Baselines, Beside
from emotion.evaluation.bootstrap import LEVEL, Resampling, Side, sides
from emotion.evaluation.counted import counted, counted_name, with_counted
from emotion.evaluation.counts import main_measure
from emotion.evaluation.curves import curves
from emotion.evaluation.held import Held, Note, Scored
from emotion.evaluation.metrics import Flags
from emotion.evaluation.observed import NONE
from emotion.evaluation.reliability import calibrations
from emotion.evaluation.result import Curve, Estimate, Evaluation, HeadEvaluation, SetEvaluation, Slice
from emotion.evaluation.scoring import described, scored
from emotion.evaluation.slices import KINDS, members
from emotion.evaluation.thresholds import global_threshold
from emotion.evaluation.worst import worst_errors
from emotion.models.config import HeadConfig
from emotion.sets.labelled import LabelledSet

if TYPE_CHECKING:
    from emotion.predictor import Predictor


@dataclass(frozen=True)
class Depth:
    """How far an evaluation goes: resamples behind its intervals, and how many of the worst errors it shows."""

    resampling: Resampling = field(default_factory=Resampling)
    errors: int = 20


def evaluate(
    predictor: "Predictor", sets: Sequence[Held], depth: Depth | None = None, note: Note = lambda line: None
) -> Evaluation:
    """Measure every head of a model on every set that shares two labels with it."""
    depth = depth or Depth()
    measured = tuple(_set(predictor, held, depth, note) for held in sets)
    how = depth.resampling
    return Evaluation(described(predictor), measured, how.resamples, how.seed, LEVEL)


def _set(predictor: "Predictor", held: Held, depth: Depth, note: Note) -> SetEvaluation:
    rows = held.measured.rows
    note(f"{held.measured.name}: {len(rows):,} texts")
    found = scored(predictor, rows)
    chosen_on = None if held.validation is None else scored(predictor, held.validation.rows)
    baselines = Baselines(predictor.bundle.encoder().tokenizer, note)
    kinds = members(rows.texts, found.unknown)
    asked = [head for head in predictor.bundle.heads if held.heads is None or head.name in held.heads]
    heads = [_head(head, held, found, chosen_on, baselines, depth) for head in asked]
    heads += [_counted(head, held, found, baselines, depth) for head in asked if head.primary]
    return SetEvaluation(
        name=held.measured.name,
        rows=len(rows),
        labels=rows.labels,
        several=rows.multi,
        heads=tuple(one.evaluation(predictor, rows, kinds) for one in heads if one is not None),
        split=held.split,
        validation=None if held.validation is None else held.validation.name,
    )


def _answered(
    head: HeadConfig, seen: Held, found: Scored, validation: Scored | None
) -> tuple[HeadConfig, Answers, Answers | None] | None:
    """A head with what it says of the set and of validation; thresholds that it lacks are chosen on validation."""
    chosen = None
    if validation is not None and seen.validation is not None:
        chosen = replace(validation, rows=seen.validation.rows).answers(head)
    if chosen is not None and chosen.task == "multi" and not head.thresholds:
        cuts = (global_threshold(chosen.scores, chosen.truth),) * len(head.labels)
        head = head.model_copy(update={"thresholds": cuts})
    given = replace(found, rows=seen.measured.rows).answers(head)
    return None if given is None else (head, given, chosen)


def _head(
    head: HeadConfig, held: Held, found: Scored, validation: Scored | None, baselines: Baselines, depth: Depth
) -> "_Head | None":
    seen = held.seen_by(head.name)
    answered = _answered(head, seen, found, validation)
    return None if answered is None else _Head(*answered, baselines.of(seen, head.name), depth)


def _counted(head: HeadConfig, held: Held, found: Scored, baselines: Baselines, depth: Depth) -> "_Head | None":
    """The counted answer of the primary head, beside the baseline where that can learn `none`, too."""
    name = counted_name(head)
    seen = with_counted(held, head).seen_by(name)
    given = counted(head, replace(found, rows=seen.measured.rows))
    if given is None:
        return None
    learns = seen.train is not None and NONE in seen.train.rows.labels
    return _Head(head, given, None, baselines.of(seen, name) if learns else None, depth)


class _Head:
    """One head on one set, beside the baseline where there is one."""

    def __init__(
        self, head: HeadConfig, given: Answers, validation: Answers | None, baseline: Beside | None, depth: Depth
    ) -> None:
        self._head, self._given, self._validation = head, given, validation
        self._baseline, self._depth = baseline, depth
        self._linear = None if baseline is None else baseline.answers(given, validation)

    def evaluation(self, predictor: "Predictor", rows: LabelledSet, kinds: dict[str, Flags]) -> HeadEvaluation:
        head, given = self._head, self._given
        roc, precision_recall = ((), ()) if given.counted else curves(given)
        mine, *linear = self._sides(given, self._linear)
        areas = _mean_areas("roc_auc", roc) | _mean_areas("average_precision", precision_recall)
        return HeadEvaluation(
            head=counted_name(head) if given.counted else head.name,
            kind="counted" if given.counted else head.kind,
            task=given.task,
            labels=given.labels,
            rows=len(given),
            main=main_measure(given.task, given.labels),
            measures=mine.measures | areas,
            skipped=skipped(given, rows),
            per_label=mine.per_label,
            thresholds=head.thresholds if given.task == "multi" else None,
            confusion=confusion(given) if given.task == "single" else None,
            roc=roc,
            precision_recall=precision_recall,
            calibration=() if given.counted else calibrations(given, self._validation),
            slices=tuple(self._slices(kinds)),
            errors=worst_errors(predictor, rows.texts, given, self._depth.errors),
            baseline=self._baseline.result(mine, linear[0]) if self._baseline and linear else None,
        )

    def _sides(self, given: Answers, linear: Answers | None) -> tuple[Side, ...]:
        models = (given,) if linear is None else (given, linear)
        return sides(models, self._depth.resampling)

    def _slices(self, kinds: dict[str, Flags]) -> list[Slice]:
        found = []
        for kind in KINDS:
            rows = kinds[kind.name][self._given.rows]
            if rows.any() and (given := self._given.take(rows)).truth.any():
                linear = None if self._linear is None else self._linear.take(rows)
                mine, *other = self._sides(given, linear)
                measures = [side.measures for side in (mine, *other)]
                found.append(Slice(kind.name, kind.meaning, len(given), *measures))
        return found


def confusion(given: Answers) -> tuple[tuple[int, ...], ...]:
    """Rows by true label (first) and guess (second)."""
    table = given.truth.T.astype(np.int64) @ given.guess.astype(np.int64)
    return tuple(tuple(row) for row in table.tolist())


def _mean_areas(name: str, of_labels: tuple[Curve, ...]) -> dict[str, Estimate]:
    if not of_labels:
        return {}
    return {name: Estimate(float(np.mean([curve.area for curve in of_labels])))}
