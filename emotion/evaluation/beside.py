"""The linear baseline beside the heads of a model: learnt once a set, held against each of them on its own rows."""

from collections.abc import Sequence

from emotion.errors import DataError
from emotion.evaluation import result
from emotion.evaluation.answers import Answers
from emotion.evaluation.baseline import Baseline
from emotion.evaluation.bootstrap import Side, differences
from emotion.evaluation.held import Held, Named, Note, unseen
from emotion.evaluation.thresholds import global_threshold
from emotion.text.tokens import Tokenizer


class Beside:
    """The baseline of one set, learnt from its training rows without those that are measured on."""

    def __init__(self, tokenizer: Tokenizer, held: Held, train: Named) -> None:
        held_back = [named.rows for named in (held.measured, held.validation) if named is not None]
        kept = unseen(train.rows, held_back)
        if not kept.any():
            raise DataError(f"{train.name}: the baseline has nothing to learn from; all its texts are measured on.")
        self._held = held
        self.train, self.rows, self.dropped = train.name, int(kept.sum()), int((~kept).sum())
        self._model = Baseline(tokenizer, train.rows.take(kept))

    def answers(self, given: Answers, validation: Answers | None) -> Answers | None:
        """What the baseline says of a head's rows, or None where it learnt fewer than two of their labels.

        With several labels a text its one threshold is that of the best Jaccard on validation, without it 0.5.
        """
        if len(set(given.labels) & set(self._model.labels)) < 2:
            return None
        scores = self._model.scores_of(given.labels, self._held.measured.rows)[given.rows]
        return given.with_scores(scores, [self._threshold(given.labels, validation)] * len(given.labels))

    def result(self, head: Side, baseline: Side) -> result.Baseline:
        """The numbers of both sides, measured on the same resamples."""
        return result.Baseline(
            train=self.train,
            train_rows=self.rows,
            dropped=self.dropped,
            measures=baseline.measures,
            differences=differences(head, baseline),
            per_label=baseline.per_label,
        )

    def _threshold(self, labels: Sequence[str], validation: Answers | None) -> float:
        if validation is None or validation.task != "multi" or self._held.validation is None:
            return 0.5
        scores = self._model.scores_of(labels, self._held.validation.rows)[validation.rows]
        return global_threshold(scores, validation.truth)


class Baselines:
    """The baselines of one set, of which heads that call its labels alike share one."""

    def __init__(self, tokenizer: Tokenizer, note: Note) -> None:
        self._tokenizer, self._note = tokenizer, note
        self._made: dict[tuple[tuple[str, str], ...], Beside] = {}

    def of(self, seen: Held, head: str) -> Beside | None:
        """The baseline of a set as a head sees it; None where no training rows are known or they have but one label."""
        if seen.train is None or len(seen.train.rows.labels) < 2:
            return None
        names = tuple(sorted(seen.names.get(head, {}).items()))
        if names not in self._made:
            self._note(f"the linear baseline, from {seen.train.name}")
            self._made[names] = Beside(self._tokenizer, seen, seen.train)
        return self._made[names]
