"""Leave one set out: a recipe trained without one of its sets, measured on it; what a model is worth on data of others.

The recipe changes as little as it can: the set is in no stage, chooses no epoch and no threshold, and copies of its
texts are in no vocabulary, no other set and no pool. A head that no other set teaches stays untrained and is not
measured.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from emotion.errors import ConfigError
from emotion.evaluation.evaluate import Depth, evaluate
from emotion.evaluation.held import Held, Named
from emotion.evaluation.known import nearest
from emotion.evaluation.result import Evaluation
from emotion.models.bundle import Bundle
from emotion.models.config import Felt, felt_head
from emotion.predictor import Predictor
from emotion.sets.datasets import SetConfig, Split
from emotion.sets.labelled import LabelledSet
from emotion.training.against_data import labels_taught
from emotion.training.recipe import FeltConfig, Recipe
from emotion.training.stage import StageConfig
from emotion.training.trainer import train
from emotion.training.unfinished import Unfinished
from emotion.training.watcher import Silence, Watcher

Train = Mapping[str, LabelledSet]  # training rows by set


@dataclass(frozen=True)
class LeftOut:
    """By set left out: the evaluation on it of a model trained without it, and why some sets could not be left out.

    `whole` holds evaluations of a model that learnt from all sets, on the same rows, where one was given.
    """

    evaluations: dict[str, Evaluation] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    whole: dict[str, Evaluation] = field(default_factory=dict)


def leave_one_set_out(
    recipe: Recipe,
    root: Path,
    watcher: Watcher | None = None,
    depth: Depth | None = None,
    whole: Predictor | None = None,
    *,
    unfinished: Path | None = None,
    device: str = "cpu",
) -> LeftOut:
    """Train the recipe once without each of the sets it learns from, and measure on that set's rows held back.

    Those are its test rows, else those of validation, else its training rows; the linear baseline learns from the sets
    left that are nearest to it. With a folder for what is `unfinished` the same call goes on where it was.

    Raises:
        ConfigError: none of the sets can be left out, or the recipe starts from a bundle, which may know them all.
    """
    watcher = watcher or Silence()
    _refuse_start(recipe)
    names = list(dict.fromkeys(draw.name for stage in recipe.stages for draw in stage.draws))
    rows = {name: recipe.sets[name].load(root) for name in names}
    learnt = {name: splits["train"] for name, splits in rows.items()}
    found = LeftOut()
    trainings: list[tuple[Path, Recipe]] = []
    for number, name in enumerate(names, start=1):
        try:
            changed = without(recipe, name, learnt)
        except ConfigError as reason:
            found.skipped[name] = str(reason)
            watcher.note(f"{name} is not left out: {reason}")
            continue
        watcher.note(f"{name} left out ({number} of {len(names)})")
        held = _held(recipe, name, rows[name], root, learnt)
        folder = None if unfinished is None else unfinished / name
        bundle = _trained(changed, root, watcher, folder, device)
        found.evaluations[name] = evaluate(Predictor(bundle), [held], depth, watcher.note)
        trainings += [] if folder is None else [(folder, changed)]
        if whole is not None:
            found.whole[name] = evaluate(whole, [held], depth, watcher.note)
    if not found.evaluations:
        said = "; ".join(f"{name}: {reason}" for name, reason in found.skipped.items())
        raise ConfigError(f"None of the recipe's sets can be left out. {said}")
    _clear(trainings, root)
    return found


def _refuse_start(recipe: Recipe) -> None:
    if recipe.start is not None:
        raise ConfigError(
            f"{recipe.name} starts from {recipe.start.bundle}, which may have learnt from the set left out; "
            "--leave-one-out needs a recipe without start."
        )


def _trained(recipe: Recipe, root: Path, watcher: Watcher, folder: Path | None, device: str) -> Bundle:
    """The bundle of a recipe without a set: as it was made before, or made now and kept in the folder."""
    if folder is None:
        return train(recipe, root, watcher, device=device, partly=True)
    with Unfinished(folder, recipe, root) as unfinished:
        made = unfinished.bundle(recipe)
        if made is None:
            epochs = unfinished.epochs(recipe)
            made = train(recipe, root, watcher, checkpoints=epochs, device=device, partly=True)
            unfinished.keep(recipe, made)
        return made


def _clear(trainings: Sequence[tuple[Path, Recipe]], root: Path) -> None:
    """Remove what was kept of trainings that are done, and the folder that held it."""
    for folder, recipe in trainings:
        with Unfinished(folder, recipe, root) as unfinished:
            unfinished.done()
    for above in {folder.parent for folder, _ in trainings}:
        with suppress(OSError):
            above.rmdir()


def without(recipe: Recipe, name: str, learnt: Train) -> Recipe:
    """The recipe without one set, but for its rows as a test split, so that no other set or pool learns their copies.

    A ConfigError says why there is none.
    """
    others = {key: rows for key, rows in learnt.items() if key != name}
    heads = taught(recipe, others)
    if not _measurable(recipe, name, learnt[name], heads):
        raise ConfigError("no head that another set teaches shares two labels with it.")
    return recipe.model_copy(
        update={
            "sets": {
                key: _measured_only(config) if key == name else config.model_copy(update={"leaks": "drop"})
                for key, config in recipe.sets.items()
            },
            "stages": _stages(recipe.stages, name),
            "select": _select(recipe, name, heads),
            "felt": _felt(recipe.felt, recipe, name, heads),
            "unlabelled": tuple(
                texts for texts in recipe.unlabelled if not set(texts.paths) & _files(recipe.sets[name])
            ),
        }
    )


def taught(recipe: Recipe, learnt: Train) -> tuple[str, ...]:
    """Heads that some rows teach two labels, or a binary head both sides."""
    return tuple(head.name for head in recipe.all_heads if len(labels_taught(recipe, head, learnt)) > 1)


def _measurable(recipe: Recipe, name: str, rows: LabelledSet, heads: Sequence[str]) -> bool:
    return any(
        len(set(rows.renamed(recipe.teaching(name, head.name).map).labels) & set(head.labels)) > 1
        for head in recipe.heads
        if head.name in heads and head.name in recipe.taught(name)
    )


def _measured_only(config: SetConfig) -> SetConfig:
    files = tuple(dict.fromkeys(config.test + config.validation + config.train))
    return config.model_copy(update={"train": (), "validation": (), "test": files, "split": None})


def _files(config: SetConfig) -> set[str]:
    return {*config.train, *config.validation, *config.test}


def _stages(stages: Sequence[StageConfig], name: str) -> tuple[StageConfig, ...]:
    kept = [
        stage.model_copy(update={"sets": tuple(draw for draw in stage.draws if draw.name != name)}) for stage in stages
    ]
    return tuple(stage for stage in kept if stage.sets)


def _select(recipe: Recipe, name: str, heads: Sequence[str]) -> dict[str, float]:
    """What is left to choose the epoch by."""
    kept = {path: weight for path, weight in recipe.select.items() if path.split(".")[0] != name}
    kept = {path: weight for path, weight in kept.items() if path.split(".")[1] in heads}
    if not kept:
        raise ConfigError("select names no measure of another set, so that nothing would choose the epoch.")
    return kept


def _felt(felt: FeltConfig | None, recipe: Recipe, name: str, heads: Sequence[str]) -> FeltConfig | None:
    if felt is None or name in (felt.emotional, felt.neutral):
        return None
    return felt if felt_head(recipe.heads, Felt(head=felt.head)).name in heads else None


def _held(recipe: Recipe, name: str, splits: Mapping[Split, LabelledSet], root: Path, learnt: Train) -> Held:
    """The rows to measure on, with the heads that other sets teach."""
    config = recipe.sets[name]
    others = {key: rows for key, rows in learnt.items() if key != name}
    split: Split = "test" if config.test else "validation" if config.validation else "train"
    whole = split == "train" and config.split is not None  # what was held back of its own file counts, too
    rows = config.model_copy(update={"split": None}).load(root)["train"] if whole else splits[split]
    return Held(
        measured=Named(name, rows),
        split=split,
        train=nearest(others, rows),
        heads=tuple(head for head in taught(recipe, others) if head in recipe.taught(name)),
        names={head.name: recipe.teaching(name, head.name).map for head in recipe.heads},
    )
