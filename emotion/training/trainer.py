"""From a recipe and a data root to a bundle: prepare, train, calibrate, measure, describe."""

import json
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emotion.errors import ConfigError
from emotion.evaluation.baseline import baseline_measures
from emotion.evaluation.measure import measures
from emotion.evaluation.metrics import Numbers
from emotion.models.bundle import Bundle, weights_of
from emotion.models.classifier import Classifier
from emotion.models.config import HeadConfig
from emotion.models.encoded import encode, scores
from emotion.sets.datasets import Split
from emotion.training.calibration import Calibrated, Scored, calibrate
from emotion.training.card import card
from emotion.training.examples import examples
from emotion.training.loop import fit
from emotion.training.prepare import Prepared, prepare
from emotion.training.recipe import Recipe
from emotion.training.watcher import Silence, Watcher


def train(recipe: Recipe, root: Path, watcher: Watcher | None = None) -> Bundle:
    """Train the recipe's model on the sets below `root`; with one thread, the same machine gives the same bundle id."""
    started = time.monotonic()
    watcher = watcher or Silence()
    prepared = prepare(recipe, root, watcher)
    model, history = fit_stages(recipe, prepared, watcher)
    halve(model)
    watcher.note("calibrating and measuring, beside the linear baseline")
    calibrated = calibrate(recipe, scored(recipe, prepared, model, "validation"))
    made = {
        "seconds": round(time.monotonic() - started),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }
    numbers = {"sets": measured(recipe, prepared, model, calibrated.heads)} | calibrated.numbers
    return bundle(recipe, prepared, model, calibrated, numbers | {"history": history, "made": made})


def fit_stages(recipe: Recipe, prepared: Prepared, watcher: Watcher) -> tuple[Classifier, list[dict[str, Any]]]:
    """The trained network, with its auxiliary heads, and the history of all epochs."""
    heads = {head.name: head for head in recipe.all_heads}
    validation = Validation(recipe, prepared)
    history: list[dict[str, Any]] = []
    random = np.random.default_rng(recipe.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        vectors = None if prepared.vectors is None else torch.from_numpy(prepared.vectors)
        model = Classifier(recipe.model, recipe.all_heads, len(prepared.encoder.vocabulary), vectors)
        for number, stage in enumerate(recipe.stages, start=1):
            sets = [
                (prepared.data.sets[name]["train"], recipe.sets[name].weight, recipe.sets[name].heads)
                for name in stage.sets
            ]
            data = examples(prepared.encoder, sets, heads)
            watcher.note(
                f"stage {number} of {len(recipe.stages)}: {len(data.texts):,} texts of {', '.join(stage.sets)}"
            )
            records = fit(
                model, heads, data, stage, validation.quality, random, watcher, keep_best=number == len(recipe.stages)
            )
            history += [{"stage": number} | record for record in records]
    return model, history


class Validation:
    """The validation splits that choose the best epoch, encoded once."""

    def __init__(self, recipe: Recipe, prepared: Prepared) -> None:
        self._recipe = recipe
        self._rows = {
            name: prepared.data.sets[name]["validation"] for name in {path.split(".")[0]: 0 for path in recipe.select}
        }
        self._texts = {name: encode(prepared.encoder, rows.texts) for name, rows in self._rows.items()}

    def quality(self, model: Classifier) -> dict[str, float]:
        """Each measure that the recipe selects by, and their weighted mean as `select`."""
        heads = self._recipe.all_heads
        found = {
            name: measures(heads, scores(model, heads, self._texts[name]), rows) for name, rows in self._rows.items()
        }
        chosen = {path: look_up(found, path) for path in self._recipe.select}
        return chosen | {"select": float(np.average(list(chosen.values()), weights=list(self._recipe.select.values())))}


def look_up(found: Numbers, path: str) -> float:
    """The measure that `set.head.measure` names."""
    name, head, measure = path.split(".")
    value = found[name].get(head, {}).get(measure)
    if not isinstance(value, float):
        known = sorted(key for key, number in found[name].get(head, {}).items() if isinstance(number, float))
        raise ConfigError(f"select.{path}: the head {head} has on {name} the measures: {', '.join(known) or 'none'}.")
    return value


@torch.no_grad()
def halve(model: Classifier) -> None:
    """Round the weights to half precision, in which they ship, so that all that follows sees what users get."""
    for weight in model.parameters():
        weight.copy_(weight.half().float())


def scored(recipe: Recipe, prepared: Prepared, model: Classifier, split: Split) -> dict[str, Scored]:
    """Every set's split with the scores of the heads that may look at it."""
    found = {}
    for name, splits in prepared.data.sets.items():
        if split in splits:
            only = recipe.sets[name].heads
            by_head = scores(model, recipe.all_heads, encode(prepared.encoder, splits[split].texts))
            found[name] = Scored(splits[split], by_head if only is None else {head: by_head[head] for head in only})
    return found


def measured(recipe: Recipe, prepared: Prepared, model: Classifier, heads: Sequence[HeadConfig]) -> Numbers:
    """By set: its rows, what was dropped, and for validation and test the numbers of each head and of the baseline."""
    numbers: Numbers = {}
    for name, splits in prepared.data.sets.items():
        rows = {split: len(found) for split, found in splits.items()}
        numbers[name] = {
            "source": recipe.sets[name].source,
            "rows": rows,
            "dropped": prepared.data.dropped.get(name, 0),
        }
    held_out: tuple[Split, ...] = ("validation", "test")
    for split in held_out:
        for name, found in scored(recipe, prepared, model, split).items():
            numbers[name][split] = measures(heads, found.scores, found.rows)
    for name, splits in prepared.data.sets.items():
        if (
            "train" in splits
            and len(splits["train"].labels) > 1
            and any(numbers[name].get(split) for split in held_out)
        ):
            for held, baseline in baseline_measures(prepared.encoder.tokenizer, splits).items():
                numbers[name][held]["baseline"] = baseline
    return numbers


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
    )


def shipped_weights(model: Classifier, heads: int) -> dict[str, Tensor]:
    """The parameters in half precision, without those of heads from number `heads` on."""
    auxiliary = tuple(f"heads.{number}." for number in range(heads, len(model.heads)))
    return {name: weight for name, weight in weights_of(model, half=True).items() if not name.startswith(auxiliary)}
