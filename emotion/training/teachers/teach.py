"""From a teacher's recipe and a data root to a taught transformer on disk."""

import platform
import time
from pathlib import Path

import torch

from emotion.models.hub import base_path, pretrained, tokenizer_of
from emotion.sets.datasets import Data, load
from emotion.training.against_data import check_select, faults_beside, refuse
from emotion.training.loop.checkpoint import Checkpoints
from emotion.training.teachers.card import card
from emotion.training.teachers.hardware import hardware
from emotion.training.teachers.judge import Judge
from emotion.training.teachers.lessons import examples, facts
from emotion.training.teachers.loop import Training
from emotion.training.teachers.network import Transformer
from emotion.training.teachers.recipe import TeacherRecipe
from emotion.training.teachers.taught import Settings, Taught
from emotion.training.teachers.tokens import TokenEncoder
from emotion.training.watcher import Silence, Watcher


def teach(recipe: TeacherRecipe, root: Path, to: Path, watcher: Watcher | None = None, device: str = "cpu") -> Taught:
    """Fine-tune the recipe's base on the sets below `root`, and write the best epoch to `to`.

    A killed run goes on after its last whole epoch. On CPU, the same recipe, data and number of threads give the same
    teacher.

    Raises:
        UsageError: the base or its library is missing.
        ConfigError: `to` holds a training of another recipe or data, the data do not teach all labels, or training
            diverged.
        DataError: a set cannot be used.
    """
    watcher, started = watcher or Silence(), time.monotonic()
    base, where = base_path(recipe.base), hardware(device, recipe.precision)
    encoder = TokenEncoder(tokenizer_of(base), recipe.text, recipe.max_length)
    data = _data(recipe, root, watcher)
    checkpoints = Checkpoints(to, facts(recipe, data), started)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        model = Transformer(pretrained(base), recipe.heads, recipe.pooling, recipe.head_dropout).to(where.device)
        judge = Judge(recipe, encoder, data, where)
        learnt = examples(recipe, encoder, data)
        watcher.note(f"{learnt.drawn:,} texts an epoch, of {learnt.texts.lengths.mean():.1f} tokens, {where.precision}")
        training = Training(recipe, model, encoder, learnt, judge.quality, checkpoints, watcher, where)
        training.fit()
    heads, sets = judge.final(model)
    made = {"seconds": round(checkpoints.seconds), "python": platform.python_version()}
    numbers = {
        "recipe": recipe.model_dump(mode="json", exclude={"license"}),
        "sets": sets,
        "history": training.history,
        "made": made | {"torch": torch.__version__, "precision": where.precision},
    }
    settings = Settings(heads=heads, text=recipe.text, max_length=recipe.max_length, pooling=recipe.pooling)
    taught = Taught(settings, model, encoder, where)
    taught.save(to, numbers, card(numbers), recipe.license.rstrip() + "\n")
    checkpoints.path.unlink(missing_ok=True)
    return taught


def _data(recipe: TeacherRecipe, root: Path, watcher: Watcher) -> Data:
    data = load(recipe.sets, (), root)
    for name, count in data.dropped.items():
        if count:
            watcher.note(f"{name}: dropped {count} texts that a validation or test split also holds")
    learnt = {name: splits["train"] for name, splits in data.sets.items() if "train" in splits}
    refuse(recipe.name, faults_beside(recipe, data.sets, recipe.heads, learnt))
    check_select(recipe, data.sets, recipe.heads)
    return data
