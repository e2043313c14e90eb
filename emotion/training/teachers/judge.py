"""What a teacher is worth on held-out rows, after each epoch to choose the best, and at the end for its card."""

from collections.abc import Mapping, Sequence

import numpy as np

from emotion.evaluation.measure import look_up, measure
from emotion.evaluation.metrics import Numbers
from emotion.evaluation.thresholds import global_threshold
from emotion.models.config import HeadConfig
from emotion.sets.datasets import Data, Split
from emotion.sets.labelled import LabelledSet, Targets
from emotion.text.rules import Rules
from emotion.text.tokens import Tokenizer
from emotion.training.hardware import Hardware
from emotion.training.outcome.baseline import Linear
from emotion.training.targets import head_targets, read_by
from emotion.training.teachers.network import Transformer, scores
from emotion.training.teachers.recipe import TeacherRecipe
from emotion.training.teachers.tokens import TokenEncoder

HELD_OUT: tuple[Split, ...] = ("validation", "test")
Place = tuple[str, Split]
Found = Mapping[Place, dict[str, Targets]]


class Judge:
    """The held-out splits, encoded once."""

    def __init__(self, recipe: TeacherRecipe, encoder: TokenEncoder, data: Data, hardware: Hardware) -> None:
        self._recipe, self._encoder, self._hardware = recipe, encoder, hardware
        self._data = data
        self._linear = Linear(Tokenizer(Rules(), None), data.sets, recipe.teaching)
        self._rows: dict[Place, LabelledSet] = {
            (name, split): splits[split] for name, splits in data.sets.items() for split in HELD_OUT if split in splits
        }
        self._texts = {place: encoder.encode(rows.texts) for place, rows in self._rows.items()}

    def quality(self, model: Transformer) -> dict[str, float]:
        """Each measure that the recipe selects by, and their weighted mean as `select`."""
        heads, weights = self._recipe.heads, self._recipe.select
        found = {}
        for name in dict.fromkeys(path.split(".")[0] for path in weights):
            place: Place = (name, "validation")
            found[name] = self._measures(heads, self._scores(model, place), place)
        chosen = {path: look_up(found, path) for path in weights}
        return chosen | {"select": float(np.average(list(chosen.values()), weights=list(weights.values())))}

    def final(self, model: Transformer) -> tuple[tuple[HeadConfig, ...], Numbers]:
        """Heads with thresholds chosen on validation; by set its source, rows, what was dropped, and measures."""
        found = {place: self._scores(model, place) for place in self._rows}
        heads = tuple(self._with_threshold(head, found) for head in self._recipe.heads)
        return heads, {name: self._numbers(name, heads, found) for name in self._data.sets}

    def _scores(self, model: Transformer, place: Place) -> dict[str, Targets]:
        found = scores(model.eval(), self._encoder, self._recipe.heads, self._texts[place], self._hardware)
        return {head: found[head] for head in self._recipe.taught(place[0])}

    def _numbers(self, name: str, heads: tuple[HeadConfig, ...], found: Found) -> Numbers:
        facts: Numbers = {
            "source": self._recipe.sets[name].source,
            "rows": {split: len(rows) for split, rows in self._data.sets[name].items()},
            "dropped": self._data.dropped.get(name, 0),
        }
        held = [split for split in HELD_OUT if (name, split) in found]
        for split in held:
            given = found[name, split]
            facts[split] = self._measures(heads, given, (name, split))
            there = [head for head in heads if head.name in given]
            facts[split]["baseline"] = self._linear.beside(name, split, there, given)
        return facts

    def _measures(self, heads: Sequence[HeadConfig], scores: dict[str, Targets], place: Place) -> Numbers:
        """What each head is worth on rows as it reads them; heads that share no labels with them are left out."""
        found = {
            head.name: measure(head, scores[head.name], self._read_by(head, place))
            for head in heads
            if head.name in scores
        }
        return {name: numbers for name, numbers in found.items() if numbers is not None}

    def _read_by(self, head: HeadConfig, place: Place) -> LabelledSet:
        return read_by(head, self._rows[place], self._recipe.teaching(place[0], head.name))

    def _with_threshold(self, head: HeadConfig, found: Found) -> HeadConfig:
        """A sigmoid head with the one threshold of the best Jaccard on the validation sets that know all its labels."""
        usable = [
            place
            for place, rows in found.items()
            if place[1] == "validation"
            and head.name in rows
            and set(head.labels) <= set(self._read_by(head, place).labels)
        ]
        if head.kind != "sigmoid" or head.thresholds or not usable:
            return head
        truth = np.concatenate([head_targets(head, self._read_by(head, place))[0] >= 0.5 for place in usable])
        cut = global_threshold(np.concatenate([found[place][head.name] for place in usable]), truth)
        return head.model_copy(update={"thresholds": (cut,) * len(head.labels)})
