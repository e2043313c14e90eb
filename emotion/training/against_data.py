"""What rows teach the heads of a recipe, and faults of it that show only beside its data: before hours are spent."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from emotion.errors import ConfigError
from emotion.evaluation.measure import look_up, measure
from emotion.models.config import Felt, HeadConfig, felt_head
from emotion.sets.datasets import SetConfig, Split
from emotion.sets.labelled import LabelledSet
from emotion.training.outcome.calibration import emotional_rows
from emotion.training.targets import TeachConfig, head_targets, read_by

if TYPE_CHECKING:
    from emotion.models.bundle import Bundle
    from emotion.training.recipe import FeltConfig, Recipe

Rows = Mapping[str, LabelledSet]  # by set
Splits = Mapping[str, Mapping[Split, LabelledSet]]


class Teaching(Protocol):
    """How the sets of a recipe teach its heads."""

    @property
    def sets(self) -> Mapping[str, SetConfig]: ...

    @property
    def teach(self) -> Mapping[str, Mapping[str, TeachConfig]]: ...

    @property
    def select(self) -> Mapping[str, float]: ...

    def teaching(self, name: str, head: str) -> TeachConfig:
        """How a set teaches a head."""

    def taught(self, name: str) -> tuple[str, ...]:
        """The heads that a set may teach."""


def labels_taught(recipe: Teaching, head: HeadConfig, learnt: Rows) -> set[str]:
    """Labels of a head that some row carries and teaches it."""
    found: set[str] = set()
    for name, rows in learnt.items():
        if head.name in recipe.taught(name):
            targets, weights = head_targets(head, rows, recipe.teaching(name, head.name))
            weights = weights if weights.ndim == 2 else weights[:, None]
            told = (targets > 0) & (weights > 0)
            found |= {head.labels[column] for column in np.flatnonzero(told.any(axis=0))}
    return found


def check_data(recipe: "Recipe", data: Splits, start: "Bundle | None") -> None:
    """Refuse with a ConfigError what would only be found after training, or never.

    A head that starts from the same head of a bundle need not be taught.
    """
    drawn = {draw.name for stage in recipe.stages for draw in stage.draws}
    begun = {(head.name, head.kind, head.labels) for head in (() if start is None else start.heads)}
    heads = [head for head in recipe.all_heads if (head.name, head.kind, head.labels) not in begun]
    faults = faults_beside(recipe, data, heads, {name: data[name]["train"] for name in data if name in drawn})
    if recipe.felt is not None:
        faults += _felt(recipe.felt, recipe, data)
    refuse(recipe.name, faults)
    check_select(recipe, data, recipe.all_heads)


def refuse(name: str, faults: Sequence[str]) -> None:
    """Raise a ConfigError that tells them all, if there are any."""
    if faults:
        raise ConfigError(f"{name} cannot be trained on these data: {'; '.join(faults)}.")


def faults_beside(recipe: Teaching, data: Splits, heads: Sequence[HeadConfig], learnt: Rows) -> list[str]:
    """Labels of these heads that no row learnt from teaches, and names that no set knows."""
    faults = list(_unknown(recipe, data))
    for head in heads:
        known = labels_taught(recipe, head, learnt)
        if dead := [label for label in head.labels if label not in known]:
            there = {
                label for name, rows in learnt.items() if head.name in recipe.taught(name) for label in rows.labels
            }
            have = ", ".join(sorted(there)) or "none"
            faults.append(f"no row teaches the head {head.name!r} {', '.join(dead)} (labels of its sets: {have})")
    return faults


def check_select(recipe: Teaching, data: Splits, heads: Sequence[HeadConfig]) -> None:
    """Refuse with a ConfigError a measure of `select` that its head does not have on its set."""
    for path in recipe.select:
        name, wanted, _ = path.split(".")
        rows, head = data[name]["validation"], next(head for head in heads if head.name == wanted)
        nothing = np.zeros((len(rows), len(head.labels)), np.float32)
        found = measure(head, nothing, read_by(head, rows, recipe.teaching(name, wanted)))
        look_up({name: {wanted: found or {}}}, path)


def _unknown(recipe: Teaching, data: Splits) -> Iterator[str]:
    """Labels that a recipe names and no split of the set has."""
    for name, splits in data.items():
        config = recipe.sets[name]
        labels = {label for rows in splits.values() for label in rows.labels}
        lost = {label for label in config.columns.names.values() if config.only is None or label in config.only}
        yield from (f"sets.{name}.columns.names: no label became {label!r}" for label in sorted(lost - labels))
        for head, teach in recipe.teach.get(name, {}).items():
            place = f"teach.{name}.{head}"
            yield from (f"{place}.map: {name} has no label {label!r}" for label in teach.map if label not in labels)
            yield from (f"{place}.empty: {name} has no label {label!r}" for label in teach.empty if label not in labels)


def _felt(config: "FeltConfig", recipe: "Recipe", data: Splits) -> Iterator[str]:
    """What keeps `felt` from being chosen on validation."""
    head = felt_head(recipe.heads, Felt(head=config.head))
    marked, mixed = data[config.emotional]["validation"], data[config.neutral]["validation"]
    if not emotional_rows(head, read_by(head, marked, recipe.teaching(config.emotional, head.name))).any():
        yield f"felt.emotional: no validation row of {config.emotional} carries a label"
    if not mixed.carrying(config.neutral_label).any():
        said = f"no validation row of {config.neutral} is {config.neutral_label!r}"
        yield f"felt.neutral_label: {said} (its labels: {', '.join(mixed.labels)})"
