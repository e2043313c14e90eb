"""One page about what a model is worth, and how it was trained, that needs nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emotion.evaluation.result import Evaluation, in_words
from emotion.evaluation.seeds import Seeds
from emotion.report.html import Html, el
from emotion.report.parts import section
from emotion.report.scores import curves, epochs, headline, labels, made, runs, texts
from emotion.report.scores.place import Place, places
from emotion.report.skeleton import assembled, write_page

TITLE = "What the model is worth"


@dataclass(frozen=True)
class Training:
    """What is told beside an evaluation: numbers of the bundle, and of other models.

    `metrics` is what a bundle keeps: recipe, sets, history, seeds, made. `left_out` holds, by set, the evaluation on it
    of a model trained without it, and `whole` that of one trained with it; without `whole`, this evaluation's numbers
    stand beside them.
    """

    metrics: Mapping[str, Any] = field(default_factory=dict)
    seeds: Seeds | None = None
    left_out: Mapping[str, Evaluation] = field(default_factory=dict)
    whole: Mapping[str, Evaluation] = field(default_factory=dict)


def write(evaluation: Evaluation, to: Path, training: Training | None = None) -> None:
    """Write the page about an evaluation and, where it is told, about the training.

    Raises:
        UsageError: there is no folder for `to`.
    """
    write_page(to, page(evaluation, training or Training()))


def page(evaluation: Evaluation, training: Training) -> str:
    """The page as text."""
    every = places(evaluation)
    figures: dict[str, Any] = {}
    sections = {f"head-{place.number}": (place.title, _head(place, figures)) for place in every}
    history, drawn = epochs.curves(_records(training.metrics))
    figures |= drawn
    sections |= {
        "seeds": ("other seeds", runs.seeds(training.seeds or runs.told(training.metrics))),
        "left-out": (
            "one set left out",
            runs.left_out(training.left_out, training.whole or dict.fromkeys(training.left_out, evaluation)),
        ),
        "curves": ("training", history),
        "made": ("model and data", made.made(evaluation, training.metrics)),
    }
    kept = {identity: (title, shown) for identity, (title, shown) in sections.items() if shown}
    links = headline.contents([(identity, title) for identity, (title, _) in kept.items()])
    parts = [links, *(shown for _, shown in kept.values())]
    return assembled(TITLE, headline.header(evaluation, every), parts, _foot(evaluation), figures)


def _head(place: Place, figures: dict[str, Any]) -> Html:
    """All about one head on one set; its charts are added to `figures`."""
    drawn = [labels.per_label(place), labels.confusion(place), curves.reliability(place), curves.ranking(place)]
    for _, added in drawn:
        figures |= added
    per_label, confusion, reliability, ranking = (shown for shown, _ in drawn)
    head = place.head
    told = headline.COUNTED if head.kind == "counted" else headline.TASKS[head.task]
    about = f"{head.rows:,} texts, {len(head.labels)} labels. {told} {in_words(head.skipped)}"
    return section(
        f"head-{place.number}",
        place.title,
        about,
        el(
            "div",
            headline.measures(place),
            per_label,
            confusion,
            reliability,
            ranking,
            texts.slices(place),
            texts.errors(place),
            class_="cards",
        ),
    )


def _records(metrics: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    history = metrics.get("history", ())
    return [record for record in history if isinstance(record, Mapping)] if isinstance(history, Sequence) else []


def _foot(evaluation: Evaluation) -> Html:
    intervals = (
        f"Intervals hold {100 * evaluation.level:g} % of {evaluation.resamples:,} bootstrap resamples of the texts "
        f"(Efron and Tibshirani 1993; seed {evaluation.seed}); differences are of the same resamples for both. "
        if evaluation.resamples
        else ""
    )
    return el(
        "footer",
        el(
            "p",
            f"{intervals}The linear baseline is TF-IDF of words and word pairs with balanced logistic regression. "
            "Labels say what readers saw in a text, not what its author felt.",
        ),
        el("p", f"Model {evaluation.model.id}. The page holds all it needs and fetches nothing."),
    )
