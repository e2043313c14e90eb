"""What of a bundle is chosen on labelled texts, from scores at temperature 1, and how texts are read with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from emotion.evaluation.answers import Answers, answers, truth_of
from emotion.evaluation.counted import means_none
from emotion.evaluation.held import Scored
from emotion.evaluation.metrics import Flags
from emotion.evaluation.observed import NONE
from emotion.evaluation.reliability import softened, softened_one
from emotion.evaluation.scoring import scored
from emotion.evaluation.thresholds import counting_threshold
from emotion.models.bundle import Bundle
from emotion.models.config import Felt, HeadConfig, felt_head, primary_head
from emotion.models.scores import feeling
from emotion.predictor import Device, Predictor
from emotion.sets.labelled import LabelledSet, Targets
from emotion.training.outcome import calibration
from emotion.training.outcome.temperature import fitted
from emotion.training.recipe import CalibrationConfig

LEAST = 50  # texts that a temperature, thresholds or a margin are chosen on
LEAST_OF_EACH = 20  # texts that are felt, and that are not, between which a threshold is chosen

Thresholds = Literal["global", "label"]


@dataclass(frozen=True)
class Enough:
    """What rows can tell: names of heads, whether the margin, and whether where feeling begins."""

    heads: frozenset[str]
    margin: bool
    felt: bool


@dataclass(frozen=True)
class Settings:
    """How the scores of a bundle are read; `stayed` says what of it was not chosen, and why."""

    heads: tuple[HeadConfig, ...]
    margin: float
    felt: Felt
    stayed: tuple[str, ...] = ()


def settings_of(bundle: Bundle) -> Settings:
    """Those that a bundle has."""
    return Settings(bundle.heads, bundle.ambiguity_margin, bundle.felt)


def bare(bundle: Bundle, rows: LabelledSet, device: Device = "cpu") -> Scored:
    """Scores of all heads at temperature 1; felt is every text that has a word."""
    heads = tuple(head.model_copy(update={"temperature": 1.0}) for head in bundle.heads)
    plain = replace(bundle, heads=heads, felt=bundle.felt.model_copy(update={"threshold": 0.0}))
    return scored(Predictor(plain, device), rows)


def read(settings: Settings, found: Scored) -> Scored:
    """Bare scores as a bundle with these settings gives them."""
    scores = {head.name: _tempered(head, found.scores[head.name]) for head in settings.heads}
    decides = felt_head(settings.heads, settings.felt)
    how = feeling(decides, scores[decides.name])
    return replace(found, scores=scores, feeling=how, felt=found.felt & (how >= np.float32(settings.felt.threshold)))


def enough(now: Settings, found: Scored) -> Enough:
    """What can be chosen on these rows; of one label alone neither a temperature nor a margin."""
    told = frozenset(head.name for head in now.heads if _can_tell(_told(head, found)))
    primary = primary_head(now.heads)
    labelled = int(truth_of(primary.labels, found.rows).any(axis=1).sum())
    fewer = min(int(side.sum()) for side in _sides(now, found))
    return Enough(told, primary.name in told and labelled >= LEAST, fewer >= LEAST_OF_EACH)


def choose(now: Settings, found: Scored, thresholds: Thresholds, can: Enough | None = None) -> Settings:
    """Choose on bare scores what the rows can tell, and leave the rest as it is.

    With `can`, what is chosen on a part of the rows is what all of them can tell.
    """
    can = can or enough(now, found)
    decides = felt_head(now.heads, now.felt)
    emotional, quiet = _sides(now, found)
    can_count = can.felt and emotional.any() and quiet.any()
    stayed: list[str] = []
    heads = []
    for head in now.heads:
        given = _told(head, found) if head.name in can.heads else None
        if given is None:
            stayed.append(_untold(head, found.rows))
            heads.append(head)
            continue
        if can_count or head.name != decides.name:
            head = fitted(head, [given])
        else:
            stayed.append(f"temperature of {head.name}: felt is cut from its scores, and that cannot be chosen")
        heads.append(_cut(head, given, thresholds))
    if not can_count:
        stayed.append(f"felt: fewer than {LEAST_OF_EACH} texts with an emotion, or without any")
    settings = Settings(tuple(heads), now.margin, now.felt, tuple(stayed))
    settings = replace(settings, margin=_margin(settings, found)) if can.margin else settings
    return replace(settings, felt=_felt(settings, found, emotional, quiet)) if can_count else settings


def _told(head: HeadConfig, found: Scored) -> Answers | None:
    """Answers on which a head can be calibrated: a sigmoid head where the rows tell of all its labels."""
    given = answers(head, found.scores[head.name], found.rows)
    if given is None or (head.kind == "sigmoid") != (given.task == "multi"):
        return None
    return given


def _can_tell(given: Answers | None) -> bool:
    return given is not None and len(given) >= LEAST


def _untold(head: HeadConfig, rows: LabelledSet) -> str:
    if head.kind == "sigmoid" and not (rows.multi and set(head.labels) <= set(rows.labels)):
        return f"{head.name}: the texts do not tell of each of its labels whether they carry it"
    return f"{head.name}: fewer than {LEAST} texts with labels that it knows, or fewer than two such labels"


def _cut(head: HeadConfig, given: Answers, thresholds: Thresholds) -> HeadConfig:
    if head.kind != "sigmoid":
        return head
    cuts = calibration.cuts(_tempered(head, given.scores), given.truth, thresholds)
    return head.model_copy(update={"thresholds": cuts})


def _margin(settings: Settings, found: Scored) -> float:
    primary = primary_head(settings.heads)
    of_primary = calibration.Scored(found.rows, dict(read(settings, found).scores))
    margin, numbers = calibration.ambiguity(primary, [of_primary], CalibrationConfig().ambiguous_accuracy)
    return margin if numbers else settings.margin


def _felt(settings: Settings, found: Scored, emotional: Flags, quiet: Flags) -> Felt:
    how = np.where(found.felt, read(settings, found).feeling, np.float32(-1))  # without a word nothing is felt
    return settings.felt.model_copy(update={"threshold": counting_threshold(how[emotional], how[quiet])})


def _sides(settings: Settings, found: Scored) -> tuple[Flags, Flags]:
    """Rows (N,) that carry a label of a head, and rows that mean none."""
    known = {label for head in settings.heads for label in head.labels} - {NONE}
    columns: Sequence[Flags] = [found.rows.carrying(label) for label in found.rows.labels if label in known]
    emotional = np.logical_or.reduce([np.zeros(len(found.rows), bool), *columns])
    primary = primary_head(settings.heads)
    quiet = means_none(found.rows, [label for label in primary.labels if label != NONE])
    return emotional & ~quiet, quiet


def _tempered(head: HeadConfig, scores: Targets) -> Targets:
    if head.temperature == 1:
        return scores
    tempered = softened_one if head.kind == "sigmoid" else softened
    return tempered(scores, head.temperature).astype(np.float32)
