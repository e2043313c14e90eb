"""A trained model as a bundle: rounded as it ships, calibrated, measured beside the linear baseline, described."""

import json
import platform
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from emotion import code_version
from emotion.evaluation.answers import answers
from emotion.evaluation.measure import measure
from emotion.evaluation.metrics import Numbers
from emotion.evaluation.reliability import calibration_error
from emotion.models.bundle import Bundle, weights_of
from emotion.models.classifier import Classifier
from emotion.models.config import HeadConfig
from emotion.models.encoded import logits, scores_of
from emotion.sets.datasets import Split
from emotion.training.outcome.baseline import Linear
from emotion.training.outcome.calibration import Calibrated, Scored, calibrate
from emotion.training.outcome.card import card
from emotion.training.outcome.temperature import errors_of, with_temperature
from emotion.training.prepare import Prepared
from emotion.training.recipe import Recipe
from emotion.training.targets import read_by

HELD_OUT: tuple[Split, ...] = ("validation", "test")


def finished(
    recipe: Recipe,
    prepared: Prepared,
    model: Classifier,
    history: Sequence[Mapping[str, Any]],
    seconds: float,
    splits: Sequence[Split] = HELD_OUT,
) -> Bundle:
    """The bundle of a trained model, whose weights are rounded: calibrated, and measured on these splits."""
    halve(model)
    recipe = sealed(recipe, prepared)
    said = logits_of(prepared, model, "validation", recipe.heads)
    before = scored(recipe, prepared, said, "validation", recipe.heads)
    heads = recipe.heads
    if recipe.calibration.temperature:
        heads = tuple(with_temperature(head, list(before.values())) for head in heads)
    after = scored(recipe, prepared, said, "validation", heads)
    calibrated = calibrate(recipe.model_copy(update={"heads": heads}), after)
    errors = {"before": errors_of(recipe.heads, before), "after": errors_of(heads, after)}
    made = {"seconds": round(seconds), "python": platform.python_version(), "torch": torch.__version__}
    made |= {"emotion": code_version(), "data": prepared.fingerprint}
    temperatures = {
        head.name: {"temperature": head.temperature} | {when: found[head.name] for when, found in errors.items()}
        for head in heads
        if head.name in errors["before"]
    }
    sets = measured(recipe, prepared, model, calibrated.heads, splits, after)
    numbers = {"sets": sets, "temperatures": temperatures} | calibrated.numbers
    origin = {} if prepared.start is None else {"start": prepared.start.id}
    return bundle(recipe, prepared, model, calibrated, numbers | origin | {"history": list(history), "made": made})


@torch.no_grad()
def halve(model: Classifier) -> None:
    """Round the weights to half precision, in which they ship, so that all that follows sees what users get."""
    for weight in model.parameters():
        weight.copy_(weight.half().float())


def sealed(recipe: Recipe, prepared: Prepared) -> Recipe:
    """The recipe with its contextual vectors as training left them."""
    if prepared.context is None or prepared.context.trained is None:
        return recipe
    prepared.context.trained.seal()
    model = recipe.model.model_copy(update={"context": prepared.context.contextual.config})
    return recipe.model_copy(update={"model": model})


def logits_of(
    prepared: Prepared, model: Classifier, split: Split, heads: Sequence[HeadConfig]
) -> dict[str, dict[str, Tensor]]:
    """Logits by set and head of every set's split."""
    sets = prepared.data.sets
    return {name: logits(model, heads, prepared.read(sets[name][split].texts)) for name in sets if split in sets[name]}


def scored(
    recipe: Recipe,
    prepared: Prepared,
    said: Mapping[str, Mapping[str, Tensor]],
    split: Split,
    heads: Sequence[HeadConfig],
) -> dict[str, Scored]:
    """Every set's split with the scores, of the logits `said`, of those of the heads that may look at it."""
    found = {}
    for name, by_head in said.items():
        rows, taught = prepared.data.sets[name][split], recipe.taught(name)
        views = {head.name: read_by(head, rows, recipe.teaching(name, head.name)) for head in heads}
        found[name] = Scored(rows, scores_of([head for head in heads if head.name in taught], by_head), views)
    return found


def measured(
    recipe: Recipe,
    prepared: Prepared,
    model: Classifier,
    heads: Sequence[HeadConfig],
    held_out: Sequence[Split] = HELD_OUT,
    validation: Mapping[str, Scored] | None = None,
) -> Numbers:
    """By set: its rows, what was dropped, and by held-out split the numbers of each head.

    Under `baseline` stands what the linear baseline is worth beside each head, unless test is left out. What is
    `scored` of validation is not scored again.
    """
    numbers: Numbers = {}
    for name, splits in prepared.data.sets.items():
        rows = {split: len(found) for split, found in splits.items()}
        numbers[name] = {
            "source": recipe.sets[name].source,
            "rows": rows,
            "dropped": prepared.data.dropped.get(name, 0),
        }
    linear = Linear(prepared.encoder.tokenizer, prepared.data.sets, recipe.teaching)
    for split in held_out:
        found_by_set = validation if split == "validation" else None
        if found_by_set is None:
            found_by_set = scored(recipe, prepared, logits_of(prepared, model, split, heads), split, heads)
        for name, found in found_by_set.items():
            there = [head for head in heads if head.name in found.scores]
            by_head = {head.name: _worth(head, found) for head in there}
            if "test" in held_out:
                by_head["baseline"] = linear.beside(name, split, there, found.scores)
            numbers[name][split] = {head: each for head, each in by_head.items() if each}
    return numbers


def _worth(head: HeadConfig, found: Scored) -> Numbers | None:
    """What a head is worth on a split, and how far its scores are from the share that is right."""
    rows = found.read_by(head)
    given = answers(head, found.scores[head.name], rows)
    numbers = measure(head, found.scores[head.name], rows)
    return None if given is None or numbers is None else numbers | {"ece": calibration_error(given)}


def bundle(recipe: Recipe, prepared: Prepared, model: Classifier, calibrated: Calibrated, numbers: Numbers) -> Bundle:
    """The model with everything that decides and describes its predictions; auxiliary heads stay behind."""
    facts = {
        "recipe": recipe.model_dump(mode="json", exclude={"license"}),
        "words": len(prepared.encoder.vocabulary.words),
    } | numbers
    facts = json.loads(json.dumps(facts, sort_keys=True))  # as a bundle keeps them, so that the card can be made again
    return Bundle(
        config=recipe.model,
        heads=calibrated.heads,
        rules=recipe.rules,
        vocabulary=prepared.encoder.vocabulary,
        weights=shipped_weights(model, len(recipe.heads)),
        felt=calibrated.felt,
        ambiguity_margin=calibrated.margin,
        languages=recipe.languages,
        metrics=facts,
        card=card(facts),
        license=recipe.license.rstrip() + "\n",
        context=prepared.context,
    )


def shipped_weights(model: Classifier, heads: int) -> dict[str, Tensor]:
    """The parameters in half precision, without those of heads from number `heads` on.

    A transformer that was trained is among the contextual vectors, not here.
    """
    auxiliary = ("tuned.", *(f"heads.{number}." for number in range(heads, len(model.heads))))
    return {name: weight for name, weight in weights_of(model, half=True).items() if not name.startswith(auxiliary)}
