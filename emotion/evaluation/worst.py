"""Texts of which a model was sure and wrong, with the words it looked at."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.answers import Answers
from emotion.evaluation.metrics import Flags
from emotion.evaluation.result import Word, WorstError

if TYPE_CHECKING:
    from emotion.predictor import Predictor


def worst_errors(predictor: "Predictor", texts: Sequence[str], given: Answers, count: int) -> tuple[WorstError, ...]:
    """At most `count` wrong answers to the set's texts, the surest first; of each text the surest wrong label."""
    sure = confidences(given)
    column = sure.argmax(axis=1)
    highest = sure[np.arange(len(sure)), column]
    order = [int(row) for row in np.argsort(-highest, kind="stable")[:count] if highest[row] >= 0]
    chosen = [texts[given.rows[row]] for row in order]
    looked_at = [prediction["attention"] for prediction in predictor(chosen, explain=True).rows()]
    return tuple(
        _error(given, row, int(column[row]), float(highest[row]), text, attention)
        for row, text, attention in zip(order, chosen, looked_at, strict=True)
    )


def confidences(given: Answers) -> NDArray[np.float32]:
    """How sure (N, L) each wrong answer is, -1 where there is none.

    Of `single` and `hit`: the probability of a guess that is wrong. Of `multi`: of a label wrongly given its score, of
    one wrongly left out 1 less its score.
    """
    if given.task == "multi":
        wrong = given.truth != given.guess
        sure = np.where(given.guess, given.scores, 1 - given.scores)
    else:
        wrong = given.guess & ~given.truth
        sure = given.shares
    return np.where(wrong, sure, -1).astype(np.float32)


def written(text: str) -> str:
    """The text as JSON can hold it, as long as it was: half of a surrogate pair becomes a question mark."""
    return text.encode(errors="replace").decode()


def labels_on(labels: Sequence[str], flags: Flags) -> tuple[str, ...]:
    """The labels that a row carries or is given, flags (L,)."""
    return tuple(label for label, on in zip(labels, flags, strict=True) if on)


def _error(
    given: Answers, row: int, column: int, confidence: float, text: str, attention: list[dict[str, Any]] | None
) -> WorstError:
    return WorstError(
        text=written(text),
        truth=labels_on(given.labels, given.truth[row]),
        guess=labels_on(given.labels, given.guess[row]),
        label=given.labels[column],
        confidence=confidence,
        missed=not given.guess[row, column],
        words=None if attention is None else tuple(Word(**word) for word in attention),
    )
