"""What scores are worth on a labelled set, in few numbers: what training chooses by and cards show."""

from emotion.errors import ConfigError
from emotion.evaluation import metrics
from emotion.evaluation.answers import Answers, answers
from emotion.evaluation.metrics import Numbers
from emotion.evaluation.thresholds import global_threshold
from emotion.models.config import HeadConfig
from emotion.sets.labelled import LabelledSet, Targets


def measure(head: HeadConfig, found: Targets, rows: LabelledSet) -> Numbers | None:
    """One head on one set, as `answers` lays down; None where they share fewer than two labels, or no row has any.

    A sigmoid head that has no thresholds yet gets those of the best Jaccard on this very set: for choosing an epoch.
    """
    given = answers(head, found, rows)
    if given is None:
        return None
    if given.task == "multi" and not head.thresholds:
        given = given.with_scores(given.scores, [global_threshold(given.scores, given.truth)] * len(given.labels))
    return numbers_of(given)


def numbers_of(given: Answers) -> Numbers:
    """What answers are worth."""
    if given.task == "multi":
        return metrics.multi_label(given.truth, given.guess, given.labels)
    if given.task == "hit":
        return metrics.hit(given.scores, given.truth)
    return metrics.single_label(given.truth.argmax(axis=1), given.guess.argmax(axis=1), given.labels)


def look_up(found: Numbers, path: str) -> float:
    """The measure that `set.head.measure` names."""
    name, head, wanted = path.split(".")
    value = found[name].get(head, {}).get(wanted)
    if not isinstance(value, float):
        known = sorted(key for key, number in found[name].get(head, {}).items() if isinstance(number, float))
        raise ConfigError(f"select.{path}: the head {head} has on {name} the measures: {', '.join(known) or 'none'}.")
    return value
