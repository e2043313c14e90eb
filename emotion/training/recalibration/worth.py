"""What it brings to choose anew, on texts that nothing was chosen on: by folds, each read as the others say."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from emotion.evaluation.answers import Answers, answers
from emotion.evaluation.bootstrap import Resampling, sides
from emotion.evaluation.counted import counted
from emotion.evaluation.held import Scored
from emotion.evaluation.metrics import Flags, Numbers
from emotion.evaluation.reliability import calibration_error
from emotion.models.config import HeadConfig, primary_head
from emotion.sets.splitting import split_rows
from emotion.training.recalibration.choice import Settings, Thresholds, choose, enough, read

FOLDS = 5


def before_and_after(now: Settings, found: Scored, thresholds: Thresholds) -> tuple[Numbers, Numbers]:
    """Numbers of the rows with the settings as they are, and with those chosen on the other folds."""
    folds = [rows for rows in split_rows(found.rows, (1 / FOLDS,) * FOLDS, seed=0) if len(rows)]
    every = np.arange(len(found.rows))
    can = enough(now, found)  # a fold lacks a fifth of the texts, and tells what the bundle is given all the same
    chosen = [choose(now, _part(found, np.setdiff1d(every, rows)), thresholds, can) for rows in folds]
    return _numbers(found, [every], [now]), _numbers(found, folds, chosen)


def _numbers(found: Scored, folds: Sequence[np.ndarray], settings: Sequence[Settings]) -> Numbers:
    """By head and for the counted answer; each fold is read with its own settings."""
    parts = [read(each, _part(found, rows)) for rows, each in zip(folds, settings, strict=True)]
    order = np.argsort(np.concatenate(folds), kind="stable")
    scores = {name: np.concatenate([part.scores[name] for part in parts])[order] for name in found.scores}
    felt, feeling = (np.concatenate([getattr(part, name) for part in parts])[order] for name in ("felt", "feeling"))
    whole = replace(found, scores=scores, felt=felt, feeling=feeling)
    numbers: Numbers = {}
    for number, head in enumerate(settings[0].heads):
        own = [each.heads[number] for each in settings]
        if (given := _answers(head, whole, own, [len(rows) for rows in folds], order)) is not None:
            numbers[head.name] = {"ece": calibration_error(given)} | _measures(given)
    if (given := counted(primary_head(settings[0].heads), whole)) is not None:
        numbers["counted"] = _measures(given) | _none(given)
    return numbers


def _answers(
    head: HeadConfig, whole: Scored, own: Sequence[HeadConfig], sizes: Sequence[int], order: np.ndarray
) -> Answers | None:
    """What a head says; its thresholds may differ from fold to fold."""
    given = answers(head, whole.scores[head.name], whole.rows)
    if given is None or given.task != "multi":
        return given
    cuts = [
        np.tile(np.asarray(each.thresholds or (0.5,) * len(head.labels), np.float32), (size, 1))
        for each, size in zip(own, sizes, strict=True)
    ]
    columns = [head.labels.index(label) for label in given.labels]
    return replace(given, guess=given.scores >= np.concatenate(cuts)[order][:, columns])


def _measures(given: Answers) -> dict[str, float]:
    (side,) = sides((given,), Resampling(0))
    wanted = ("accuracy", "macro_f1", "jaccard", "hit")
    return {name: side.measures[name].value for name in wanted if name in side.measures}


def _none(given: Answers) -> dict[str, float]:
    """How much of what is none, and of what is not, is counted so; and the share of none, true and counted."""
    truth, guess = given.truth[:, -1], given.guess[:, -1]
    return {
        "none_found": _share(guess[truth]),
        "felt_found": _share(~guess[~truth]),
        "none": _share(truth),
        "none_counted": _share(guess),
    }


def _share(flags: Flags) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _part(found: Scored, rows: np.ndarray) -> Scored:
    return Scored(
        found.rows.take(rows),
        {name: scores[rows] for name, scores in found.scores.items()},
        found.felt[rows],
        found.feeling[rows],
        found.unknown[rows],
    )
