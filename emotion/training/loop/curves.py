"""What each epoch brought: the measures that choose the best one, and curves of training and validation."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from emotion.evaluation.measure import look_up, measure
from emotion.evaluation.metrics import Numbers
from emotion.models.classifier import Classifier
from emotion.models.config import HeadConfig
from emotion.models.encoded import Texts, scores
from emotion.sets.datasets import Split
from emotion.sets.labelled import LabelledSet, Targets
from emotion.training.prepare import Prepared
from emotion.training.recipe import Recipe
from emotion.training.targets import TeachConfig, head_targets, read_by

SHARES = ("accuracy", "jaccard", "hit")  # of a head on a set there is one of these
TINY = 1e-7


@dataclass(frozen=True)
class _Watched:
    """Rows of one split of a set, encoded, and the heads that are measured on them."""

    rows: LabelledSet
    texts: Texts
    heads: tuple[HeadConfig, ...]


class Curves:
    """Called with a model after each epoch.

    Gives each measure that the recipe selects by, their weighted mean as `select`, and for each of their sets and heads
    `split.set.head.measure`: loss, accuracy (Jaccard where a text has several labels, or hits), and the mean over
    labels of precision, recall and F1, on the validation split and on a fixed sample of the training split. A sigmoid
    head is cut where Jaccard is best on these very rows.
    """

    def __init__(self, recipe: Recipe, prepared: Prepared) -> None:
        self._recipe = recipe
        wanted: dict[str, set[str]] = {}
        for path in recipe.select:
            name, head, _ = path.split(".")
            wanted.setdefault(name, set()).add(head)
        self._watched: dict[tuple[Split, str], _Watched] = {}
        for name, names in wanted.items():
            heads = tuple(head for head in recipe.all_heads if head.name in names)
            splits = prepared.data.sets[name]
            shown = {"validation": splits["validation"]}
            if recipe.curves and "train" in splits:
                shown["train"] = sample(splits["train"], recipe.curves, recipe.seed)
            for split, rows in shown.items():
                key: tuple[Split, str] = ("train" if split == "train" else "validation", name)
                self._watched[key] = _Watched(rows, prepared.read(rows.texts), heads)

    def __call__(self, model: Classifier) -> dict[str, float]:
        curves: dict[str, float] = {}
        found: Numbers = {}
        for (split, name), watched in self._watched.items():
            by_head = scores(model, watched.heads, watched.texts)
            for head in watched.heads:
                teach = self._recipe.teaching(name, head.name)
                numbers = measure(head, by_head[head.name], read_by(head, watched.rows, teach)) or {}
                if split == "validation":
                    found.setdefault(name, {})[head.name] = numbers
                if self._recipe.curves:
                    points = _points(numbers, head, by_head[head.name], watched.rows, teach)
                    curves |= {f"{split}.{name}.{head.name}.{key}": value for key, value in points.items()}
        chosen = {path: look_up(found, path) for path in self._recipe.select}
        weights = list(self._recipe.select.values())
        return chosen | {"select": float(np.average(list(chosen.values()), weights=weights))} | curves


def sample(rows: LabelledSet, count: int, seed: int) -> LabelledSet:
    """At most `count` of the rows, the same for the same seed."""
    if len(rows) <= count:
        return rows
    return rows.take(np.sort(np.random.default_rng(seed).permutation(len(rows))[:count]))


def cross_entropy(head: HeadConfig, found: Targets, rows: LabelledSet, teach: TeachConfig) -> float | None:
    """Mean plain loss of scores (N, L) over what the rows teach the head; None where that is nothing."""
    targets, weights = head_targets(head, rows, teach)
    logs = np.log(np.clip(found, TINY, 1))
    cells = -targets * logs
    if head.kind == "sigmoid":
        cells -= (1 - targets) * np.log(np.clip(1 - found, TINY, 1))
        told = np.broadcast_to(weights if weights.ndim == 2 else weights[:, None], cells.shape)
    else:
        cells, told = cells.sum(axis=1), weights
    return float((cells * told).sum() / told.sum()) if told.any() else None


def _points(
    numbers: Mapping[str, float], head: HeadConfig, found: Targets, rows: LabelledSet, teach: TeachConfig
) -> dict[str, float]:
    """One point of each curve of a head on a set."""
    points = {name: numbers[name] for name in SHARES if name in numbers}
    labels: Numbers = dict(numbers).get("labels", {})  # type: ignore[assignment]
    for name in ("precision", "recall", "f1") if labels else ():
        points[f"macro_{name}"] = float(np.mean([each[name] for each in labels.values()]))
    loss = cross_entropy(head, found, rows, teach)
    return points if loss is None else {"loss": loss} | points
