"""Data read, cleaned and encoded once for all trials that clean, count and start alike; kept in Ray's object store."""

import json
import threading
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import ray

from emotion.errors import EmotionError
from emotion.text.encoder import Remembering
from emotion.training.prepare import Prepared, prepare
from emotion.training.recipe import Recipe
from emotion.training.start import resolved, starting_bundle
from emotion.training.watcher import Silence

KEPT = 16  # kinds of preparation; of more, those least asked for go first
_DECIDES = {
    "rules",
    "vocabulary",
    "vectors",
    "sets",
    "unlabelled",
    "start",
}  # of a recipe, what its preparation hangs on


class Shelf:
    """An actor that prepares what is asked for once, and hands out where it lies; it keeps it while it lives."""

    def __init__(self, root: Path, home: Path) -> None:
        self._root, self._home = root, home
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._made: OrderedDict[str, Any] = OrderedDict()

    def prepared(self, recipe: Recipe) -> list[Any] | EmotionError:
        """A list, so that Ray leaves it alone, with a reference to the preparation; or why there is none."""
        key = preparation(recipe)
        with self._lock:
            own = self._locks.setdefault(key, threading.Lock())
        with own:  # one prepares, others with the same wish wait
            if key not in self._made:
                try:
                    self._made[key] = ray.put(ready(recipe, self._root))
                except EmotionError as error:
                    return error
        with self._lock:
            found = self._made[key]
            self._made.move_to_end(key)
            while len(self._made) > KEPT:
                self._made.popitem(last=False)
        return [found]


def preparation(recipe: Recipe) -> str:
    """What decides how the data of a recipe are prepared, as text; vectors hang on the seed too."""
    document = recipe.model_dump(mode="json", include=_DECIDES)
    return json.dumps(document | {"seed": recipe.seed if recipe.vectors.dimension else None}, sort_keys=True)


def ready(recipe: Recipe, root: Path) -> Prepared:
    """The data of a recipe with all their ids; the bundle that training starts from is left to each trial."""
    start = starting_bundle(recipe)
    found = prepare(resolved(recipe, start), root, Silence(), start)
    texts = [text for splits in found.data.sets.values() for rows in splits.values() for text in rows.texts]
    found.data.unlabelled.clear()  # they have given their words and vectors
    return replace(found, encoder=Remembering(found.encoder, texts), start=None)
