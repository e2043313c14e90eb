"""The answer that stores count and charts show: of each text its best emotion, or `none` where nothing is felt.

A head alone cannot be measured on texts that people called neutral, as none of its labels is right for them. The
counted answer can: it is the best label of the primary head where `felt` says so, and else `none`.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from emotion.errors import UsageError
from emotion.evaluation.answers import Answers, best, truth_of
from emotion.evaluation.held import Held, Scored
from emotion.evaluation.metrics import Flags
from emotion.evaluation.observed import NONE
from emotion.evaluation.result import Task
from emotion.models.config import HeadConfig
from emotion.models.scores import summing_to_1
from emotion.sets.labelled import LabelledSet, Targets

MEANING_NONE = ("none", "neutral", "no emotion")  # whatever their case, with _ or - as well


def counted_name(head: HeadConfig) -> str:
    """What the counted answer is called where a head would be named."""
    return f"{head.name} or {NONE}"


def with_counted(held: Held, head: HeadConfig, beside: HeadConfig | None = None) -> Held:
    """The set in which labels have names for the counted answer, too: those of a head, and `none` for what means it.

    That are the labels that `held.none` names or, without it, those of `MEANING_NONE` that are no answers of the head,
    nor of one `beside` it.

    Raises:
        UsageError: `held.none` names an answer of theirs.
    """
    names, taken = dict(held.names.get(head.name, {})), {*head.labels, *_labels(beside)}
    answers = {label for label in held.measured.rows.labels if names.get(label, label) in taken - {NONE}}
    if wrong := [label for label in held.none or () if label in answers]:
        raise UsageError(
            f"{wrong[0]!r} is an answer of the head {head.name!r}, so it cannot mean that nothing is felt."
        )
    usual = [label for label in held.measured.rows.labels if _plain(label) in MEANING_NONE]
    names |= {label: NONE for label in (usual if held.none is None else held.none) if label not in answers}
    return replace(held, names={**held.names, counted_name(head): names})


def counted(head: HeadConfig, found: Scored, beside: HeadConfig | None = None) -> Answers | None:
    """What a primary head and `felt` together say of rows; None unless some mean `none` and some carry its labels.

    In a set with several labels a text a row without any means `none`, where the set knows all labels of the head. The
    guess is one label, of all that the head has; with another model's head `beside` it, of all that either has, on rows
    whose labels both know.
    """
    labels = tuple(label for label in dict.fromkeys((*head.labels, *_labels(beside))) if label != NONE)
    known = [label for label in labels if label in head.labels and (beside is None or label in beside.labels)]
    nothing = means_none(found.rows, known)
    carried = truth_of(known, found.rows)
    if not nothing.any() or not carried.any():
        return None
    truth = np.zeros((len(found.rows), len(labels) + 1), bool)
    truth[:, [labels.index(label) for label in known]] = carried
    truth[:, -1] = nothing
    task: Task = "hit" if found.rows.multi else "single"
    scores, guess = _said(head, found, labels)
    whole = Answers(task, (*labels, NONE), np.arange(len(truth)), truth, scores, guess, counted=True)
    return whole.take(np.flatnonzero(truth.any(axis=1)))


def _said(head: HeadConfig, found: Scored, labels: Sequence[str]) -> tuple[Targets, Flags]:
    """Scores and guess (N, L + 1): of a label its score in a prediction times how much is felt, of `none` the rest."""
    own = summing_to_1(head, found.scores[head.name])
    scores, guess = np.zeros((len(own), len(labels) + 1), np.float32), np.zeros((len(own), len(labels) + 1), bool)
    columns = [head.labels.index(label) for label in head.labels if label in labels]
    places = [labels.index(head.labels[column]) for column in columns]
    scores[:, places] = own[:, columns] * found.feeling[:, None]
    guess[:, places] = best(own)[:, columns] & found.felt[:, None]
    scores[:, -1] = np.maximum(1 - scores.sum(axis=1), 0)
    guess[:, -1] = ~guess.any(axis=1)
    return scores, guess


def means_none(rows: LabelledSet, known: Sequence[str]) -> Flags:
    """Rows (N,) that say that nothing is felt; those without labels do where the set knows all of these labels."""
    empty = rows.multi and set(known) <= set(rows.labels)
    return rows.carrying(NONE) | ~rows.flags.any(axis=1) if empty else rows.carrying(NONE)


def _labels(head: HeadConfig | None) -> tuple[str, ...]:
    return () if head is None else head.labels


def _plain(label: str) -> str:
    return " ".join(label.lower().replace("_", " ").replace("-", " ").split())
