"""The stages of a recipe over one network, from its first weights to its last, with checkpoints between epochs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
import torch

from emotion.models.classifier import Classifier
from emotion.training.hardware import Hardware
from emotion.training.loop.checkpoint import Checkpoint, Checkpoints, random_state, restore_random
from emotion.training.loop.curves import Curves
from emotion.training.loop.examples import Examples, Lesson, examples
from emotion.training.loop.fit import Record, Stage, StageState, fit
from emotion.training.loop.loss import HeadLoss, LossConfig, class_weights
from emotion.training.parallel import Team
from emotion.training.prepare import Prepared
from emotion.training.recipe import Recipe
from emotion.training.stage import EMBEDDING, StageConfig
from emotion.training.start import take_over
from emotion.training.watcher import Watcher


@dataclass(frozen=True)
class Means:
    """With what a recipe is trained: who watches, on what, with whom, and where it is kept to go on after a kill."""

    watcher: Watcher
    hardware: Hardware
    team: Team
    checkpoints: Checkpoints | None = None


def fit_stages(recipe: Recipe, prepared: Prepared, means: Means) -> tuple[Classifier, list[Record]]:
    """The trained network, with its auxiliary heads, and the history of all epochs."""
    device, team = means.hardware.device, means.team
    saved = None if means.checkpoints is None else means.checkpoints.load()
    reached = 1 if saved is None else saved.numbers["stage"]
    history: list[Record] = [] if saved is None else saved.numbers["before"]
    random = np.random.default_rng(recipe.seed)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(recipe.seed)
        model = _network(recipe, prepared).to(device)
        team.agree(list(model.parameters()))  # vectors learnt by several machines may differ
        if team.rank:
            torch.manual_seed(recipe.seed + team.rank)  # dropouts of its own
        curves = Curves(recipe, prepared)
        _tell_again(recipe, history, means.watcher)
        for number in range(reached, len(recipe.stages) + 1):
            stage = _stage(recipe, prepared, number, model, curves, random, means)
            if saved is not None and number == reached:
                _go_on(stage, number, saved, random, means)
            fit(stage, _saving(number, history, random, means))
            history = history + [{"stage": number} | record for record in stage.history]
    return model, history


def _network(recipe: Recipe, prepared: Prepared) -> Classifier:
    vectors = None if prepared.vectors is None else torch.from_numpy(prepared.vectors)
    model = Classifier(recipe.model, recipe.all_heads, len(prepared.encoder.vocabulary), vectors)
    if prepared.context is not None and prepared.context.trained is not None:
        model.tune(prepared.context.trained.module)
    if prepared.start is not None:
        take_over(model, recipe, prepared.start)
    return model


def _stage(
    recipe: Recipe,
    prepared: Prepared,
    number: int,
    model: Classifier,
    curves: Curves,
    random: np.random.Generator,
    means: Means,
) -> Stage:
    """A stage of the recipe, counted from 1, about to start."""
    config = recipe.stages[number - 1]
    heads = {head.name: head for head in recipe.all_heads}
    data = examples(prepared.encoder, lessons(recipe, config, prepared), heads, prepared.contexts)
    named = ", ".join(draw.name for draw in config.draws)
    means.watcher.note(f"stage {number} of {len(recipe.stages)}: {data.drawn:,} texts of {named}")
    means.watcher.stage(number, len(recipe.stages), config.epochs)
    if recipe.vectors.holds(number):
        config = config.model_copy(update={"freeze": (*config.freeze, EMBEDDING)})
    losses = head_losses(recipe, data, means.hardware.device)
    last = number == len(recipe.stages)
    return Stage(model, losses, data, config, curves, random, means.watcher, last, means.hardware, means.team)


def lessons(recipe: Recipe, stage: StageConfig, prepared: Prepared) -> list[Lesson]:
    """What a stage learns from."""
    return [
        Lesson(
            rows=prepared.data.sets[draw.name]["train"],
            weight=recipe.sets[draw.name].weight * draw.weight,
            heads=recipe.sets[draw.name].heads,
            teach=recipe.teach.get(draw.name, {}),
            sample=draw.sample,
        )
        for draw in stage.draws
    ]


def head_losses(recipe: Recipe, data: Examples, device: torch.device) -> dict[str, HeadLoss]:
    """The loss of each head on these examples, which decide what `balanced` means: by what an epoch reads of them."""
    losses, shares = {}, data.shares
    for head in recipe.all_heads:
        config = recipe.losses.get(head.name, LossConfig())
        told = data.weights[head.name]
        told = told * (shares if told.ndim == 1 else shares[:, None])
        weights = class_weights(head, config, data.targets[head.name], told)
        losses[head.name] = HeadLoss(head, config, None if weights is None else weights.to(device))
    return losses


def _saving(number: int, before: list[Record], random: np.random.Generator, means: Means) -> Callable[[Stage], None]:
    """What is done after each epoch of a stage: with checkpoints, everything is written down."""

    def save(stage: Stage) -> None:
        chance = random_state(random, means.hardware.device, means.team)
        if means.checkpoints is not None and means.team.rank == 0:
            state = stage.state()
            numbers = {"stage": number, "before": before} | state.numbers | chance.numbers
            means.checkpoints.save(Checkpoint(numbers, state.tensors | chance.tensors))

    return save


def _tell_again(recipe: Recipe, history: Sequence[Record], watcher: Watcher) -> None:
    """Tell the watcher of the stages before the one that goes on, so that its curves are whole."""
    for number, records in groupby(history, key=itemgetter("stage")):
        watcher.stage(number, len(recipe.stages), recipe.stages[number - 1].epochs)
        for record in records:
            watcher.epoch(record)


def _go_on(stage: Stage, number: int, saved: Checkpoint, random: np.random.Generator, means: Means) -> None:
    """Put a stage where its checkpoint left it."""
    stage.restore(StageState(saved.numbers, saved.tensors))
    restore_random(saved, random, means.hardware.device, means.team)
    means.watcher.note(f"going on after epoch {len(stage.history)} of stage {number}")
