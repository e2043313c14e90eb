"""The bundle of a model that was calibrated anew, and what its card says of that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from emotion.errors import DataError
from emotion.evaluation.metrics import Numbers
from emotion.models.bundle import Bundle
from emotion.models.config import felt_head
from emotion.predictor import Device
from emotion.sets.labelled import LabelledSet
from emotion.training.outcome.expected import with_expected
from emotion.training.recalibration.choice import Settings, Thresholds, bare, choose, settings_of
from emotion.training.recalibration.worth import before_and_after

KEPT = "recalibrated"  # its key among a bundle's metrics
TITLE = "Calibrated on other texts"
_OF_TRAINING = ("temperatures", "thresholds", "ambiguity", "felt")  # what training chose, and holds no more
_NAMES = {
    "ece": "calibration error",
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "jaccard": "Jaccard",
    "hit": "hit",
    "none_found": "of what is none, counted so",
    "felt_found": "of what is felt, counted so",
    "none": "share of none, true",
    "none_counted": "share of none, counted",
}


@dataclass(frozen=True)
class Recalibrated:
    """The new bundle, the settings chosen, and numbers before and after by head and for the counted answer.

    The numbers are of texts that nothing was chosen on: see `before_and_after`.
    """

    bundle: Bundle
    settings: Settings
    before: Numbers
    after: Numbers


def recalibrated(
    bundle: Bundle, rows: LabelledSet, name: str, thresholds: Thresholds = "global", device: Device = "cpu"
) -> Recalibrated:
    """The bundle with what labelled texts, called `name`, can tell: temperatures, thresholds, margin, felt.

    Labels that mean that nothing is felt are called `none` in the rows.

    Raises:
        DataError: they tell nothing, or nothing else than what the bundle has.
    """
    now, found = settings_of(bundle), bare(bundle, rows, device)
    chosen = choose(now, found, thresholds)
    if (chosen.heads, chosen.margin, chosen.felt) == (now.heads, now.margin, now.felt):
        raise DataError(f"{name} changes nothing of model {bundle.id}: {'; '.join(chosen.stayed) or 'it fits them'}.")
    before, after = before_and_after(now, found, thresholds)
    told = {"from": bundle.id, "set": name, "rows": len(rows), "labels": list(rows.labels)}
    told |= {"stayed": list(chosen.stayed), "before": before, "after": after}
    kept = {key: value for key, value in bundle.metrics.items() if key not in _OF_TRAINING}
    fresh = replace(
        bundle,
        heads=chosen.heads,
        ambiguity_margin=chosen.margin,
        felt=chosen.felt,
        metrics=kept | {KEPT: told},
        card=_card(bundle, chosen, told),
    )
    return Recalibrated(with_expected(fresh, rows.texts, device), chosen, before, after)


def compared(before: Numbers, after: Numbers) -> Iterator[tuple[str, float, float]]:
    """What is measured, before and after, in words."""
    for place, numbers in before.items():
        for name, value in numbers.items():
            yield f"{place}: {_NAMES[name]}", value, after[place][name]


def chosen_in_words(now: Settings, settings: Settings) -> Iterator[str]:
    """A line for each thing that was chosen anew."""
    for old, head in zip(now.heads, settings.heads, strict=True):
        if head.temperature != old.temperature:
            yield f"Temperature of `{head.name}`: {head.temperature:.2f} ({old.temperature:.2f} before)."
        if head.thresholds and head.thresholds != old.thresholds:
            yield f"Thresholds of `{head.name}`: {', '.join(f'{cut:.2f}' for cut in head.thresholds)}."
    if settings.margin != now.margin:
        yield f"Ambiguous: best minus second score below {settings.margin:.2f} ({now.margin:.2f} before)."
    if settings.felt != now.felt:
        name = felt_head(settings.heads, settings.felt).name
        yield f"Felt: score of `{name}` at or above {settings.felt.threshold:.3f} ({now.felt.threshold:.3f} before)."


def _card(bundle: Bundle, settings: Settings, told: Mapping[str, Any]) -> str:
    """The card as it was, below a section that says what has changed."""
    lines = [f"- {line}" for line in chosen_in_words(settings_of(bundle), settings)]
    lines += [f"- As it was: {line}." for line in settings.stayed]
    table = ["| measured on texts that nothing was chosen on | before | after |", "| --- | --- | --- |"]
    table += [f"| {what} | {old:.4f} | {new:.4f} |" for what, old, new in compared(told["before"], told["after"])]
    parts = (
        f"## {TITLE}",
        f"Network and words are those of model {bundle.id}. On {told['rows']:,} texts of {told['set']} with the labels "
        f"{', '.join(told['labels'])} these were chosen anew:",
        "\n".join(lines),
        "\n".join(table),
        f"All that follows tells of model {bundle.id}, before this.",
    )
    title, gap, rest = bundle.card.partition("\n\n")
    if not title.startswith("# "):
        title, gap, rest = f"# {bundle.id}", "\n\n", bundle.card
    return "\n\n".join([title, *parts]) + gap + rest if gap else "\n\n".join([title.rstrip(), *parts]) + "\n"
