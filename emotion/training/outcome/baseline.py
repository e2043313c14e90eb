"""The linear baseline beside each head of a card: on the very rows and labels that the head is measured on."""

from collections.abc import Callable, Mapping, Sequence

from emotion.errors import DataError
from emotion.evaluation.answers import answers, truth_of
from emotion.evaluation.baseline import Baseline
from emotion.evaluation.known import nearest
from emotion.evaluation.measure import numbers_of
from emotion.evaluation.metrics import Numbers
from emotion.evaluation.thresholds import global_threshold
from emotion.models.config import HeadConfig
from emotion.sets.datasets import Split
from emotion.sets.labelled import LabelledSet, Targets
from emotion.text.tokens import Tokenizer
from emotion.training.against_data import Splits
from emotion.training.targets import TeachConfig, read_by


class Linear:
    """Baselines of the sets of a recipe, of which heads that read a set alike share one.

    `teaching` says how a set, by its name, teaches a head, by its own.
    """

    def __init__(self, tokenizer: Tokenizer, sets: Splits, teaching: Callable[[str, str], TeachConfig]) -> None:
        self._tokenizer, self._sets, self._teaching = tokenizer, sets, teaching
        self._made: dict[tuple[str, str], Baseline | None] = {}

    def beside(
        self, name: str, split: Split, heads: Sequence[HeadConfig], scores: Mapping[str, Targets]
    ) -> dict[str, Numbers]:
        """What the baseline is worth beside each of the heads that something teaches."""
        found = {head.name: self.measured(name, split, head, scores[head.name]) for head in heads}
        return {head: numbers for head, numbers in found.items() if numbers}

    def measured(self, name: str, split: Split, head: HeadConfig, scores: Targets) -> Numbers | None:
        """What the baseline is worth where the head, with these scores, is measured; None where nothing teaches it.

        It learns from the labels by hand of the set's train split or, without one, of the sets nearest to it.
        """
        rows = self._read(name, head, self._sets[name][split])
        given = answers(head, scores, rows)
        model = None if given is None else self._model(name, head, rows)
        if given is None or model is None or len(set(given.labels) & set(model.labels)) < 2:
            return None
        cut = self._threshold(name, head, model) if given.task == "multi" else 0.5
        found = model.scores_of(given.labels, rows)[given.rows]
        return numbers_of(given.with_scores(found, [cut] * len(given.labels)))

    def _read(self, name: str, head: HeadConfig, rows: LabelledSet) -> LabelledSet:
        return read_by(head, rows, self._teaching(name, head.name))

    def _model(self, name: str, head: HeadConfig, rows: LabelledSet) -> Baseline | None:
        train = self._train(name, head, rows)
        if train is None:
            return None
        where, learnt = train
        own = self._sets.get(where, {}).get("train")
        key = (where, "" if learnt is own else head.name)
        if key not in self._made:
            try:
                self._made[key] = Baseline(self._tokenizer, learnt)
            except DataError:  # rows that are all labelled alike
                self._made[key] = None
        return self._made[key]

    def _train(self, name: str, head: HeadConfig, rows: LabelledSet) -> tuple[str, LabelledSet] | None:
        """Rows to learn from, and of which sets they are."""
        by_hand = {
            key: self._read(key, head, splits["train"])
            for key, splits in self._sets.items()
            if "train" in splits and not splits["train"].soft
        }
        if "train" in self._sets[name]:
            return (name, by_hand[name]) if name in by_hand and len(by_hand[name].labels) > 1 else None
        found = nearest(by_hand, rows)
        return None if found is None else (found.name, found.rows)

    def _threshold(self, name: str, head: HeadConfig, model: Baseline) -> float:
        """Of several labels a text, chosen on validation."""
        if "validation" not in self._sets[name]:
            return 0.5
        rows = self._read(name, head, self._sets[name]["validation"])
        return global_threshold(model.scores_of(head.labels, rows), truth_of(head.labels, rows))
