"""What a teacher learns from: all train splits of its sets as one, and the digest that tells them from others."""

import hashlib
from typing import Any

import numpy as np

from emotion.sets.datasets import Data
from emotion.sets.labelled import Targets
from emotion.training.loop.examples import Examples, Lesson, joined
from emotion.training.targets import head_targets
from emotion.training.teachers.recipe import TeacherRecipe
from emotion.training.teachers.tokens import TokenEncoder


def examples(recipe: TeacherRecipe, encoder: TokenEncoder, data: Data) -> Examples:
    """The train splits, with targets and weights for each head."""
    lessons = {
        name: Lesson(splits["train"], recipe.sets[name].weight, sample=recipe.samples.get(name))
        for name, splits in data.sets.items()
        if "train" in splits
    }
    texts = encoder.encode([text for lesson in lessons.values() for text in lesson.rows.texts])
    targets: dict[str, Targets] = {}
    weights: dict[str, Targets] = {}
    for head in recipe.heads:
        parts = [head_targets(head, lesson.rows, recipe.teaching(name, head.name)) for name, lesson in lessons.items()]
        by = [lesson.weight * (head.name in recipe.taught(name)) for name, lesson in lessons.items()]
        targets[head.name] = np.concatenate([part[0] for part in parts])
        weights[head.name] = joined([part[1] * np.float32(one) for part, one in zip(parts, by, strict=True)])
    return Examples(texts, targets, weights, tuple((len(one.rows), one.drawn) for one in lessons.values()))


def facts(recipe: TeacherRecipe, data: Data) -> dict[str, Any]:
    """What must not have changed for a killed training to go on: the recipe, and a digest of all rows."""
    found = hashlib.sha256()
    for splits in data.sets.values():
        for rows in splits.values():
            found.update("\0".join((*rows.labels, *rows.texts)).encode(errors="surrogatepass"))
            found.update(np.ascontiguousarray(rows.targets).tobytes())
    return {"recipe": recipe.model_dump(mode="json"), "data": found.hexdigest()}
