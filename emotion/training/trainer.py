"""From a recipe and a data root to a bundle: prepare, train, finish."""

import time
from pathlib import Path
from typing import Any

from emotion.models.bundle import Bundle
from emotion.predictor import Device
from emotion.training.context import with_context
from emotion.training.hardware import find_device, hardware
from emotion.training.loop.checkpoint import Checkpoints
from emotion.training.loop.stages import Means, fit_stages
from emotion.training.outcome.expected import with_expected
from emotion.training.outcome.finished import finished
from emotion.training.parallel import Alone, Team
from emotion.training.prepare import Prepared, prepare
from emotion.training.recipe import SAID, Recipe
from emotion.training.start import resolved, starting_bundle
from emotion.training.watcher import Silence, Watcher


def train(
    recipe: Recipe,
    root: Path,
    watcher: Watcher | None = None,
    *,
    checkpoints: Path | None = None,
    device: str = "cpu",
    team: Team | None = None,
    partly: bool = False,
) -> Bundle:
    """Train the recipe's model on the sets below `root`; with one thread, the same CPU gives the same bundle id.

    With a folder for `checkpoints` the same call goes on after the last whole epoch, to the same bundle. `device` is
    cpu, cuda, or auto, for a GPU where there is one. In a `team` each process calls this and gets the bundle.
    `partly` trains a recipe whose data teach only some of its heads.
    """
    started = time.monotonic()
    watcher = watcher or Silence()
    start = starting_bundle(recipe)
    recipe = resolved(recipe, start)
    machine = hardware(find_device(device), recipe.precision, recipe.compile)
    recipe, context = with_context(recipe, root, start, machine.device)
    fresh = checkpoints is None or not Checkpoints(checkpoints, {}).path.exists()
    prepared = prepare(recipe, root, watcher, start, vectors=fresh, context=context, partly=partly)
    kept = None if checkpoints is None else Checkpoints(checkpoints, facts(recipe, prepared), started)
    model, history = fit_stages(recipe, prepared, Means(watcher, machine, team or Alone(), kept))
    watcher.note("calibrating and measuring, beside the linear baseline")
    seconds = time.monotonic() - started if kept is None else kept.seconds
    made = finished(recipe, prepared, model, history, seconds)
    return observed(made, prepared, "cuda" if machine.device.type == "cuda" else "cpu")


def observed(bundle: Bundle, prepared: Prepared, device: Device = "cpu") -> Bundle:
    """The bundle with what the validation texts look like to it."""
    texts = [text for sets in prepared.data.sets.values() if "validation" in sets for text in sets["validation"].texts]
    return with_expected(bundle, texts, device)


def facts(recipe: Recipe, prepared: Prepared) -> dict[str, Any]:
    """What may not change while a training goes on from checkpoints."""
    return {
        "recipe": recipe.model_dump(mode="json", exclude={*SAID}),
        "data": prepared.fingerprint,
        "start": None if prepared.start is None else prepared.start.id,
    }
