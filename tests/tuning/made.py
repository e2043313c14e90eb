"""A small space over the made-up sets of the training room, that tests of this room share."""

from pathlib import Path
from typing import Any

import yaml

from emotion.tuning.space import Space, read_space
from tests.training.made_sets import recipe, write_sets

EPOCHS = 3
PARAMETERS: dict[str, Any] = {
    "model.cell": {"choice": ["gru", "lstm"]},
    "model.hidden": {"integer": [4, 12]},
    "model.pooling": {"choice": [["max"], ["attention"]]},
    "model.attention_dim": {"integer": [2, 8], "when": {"model.pooling": [["attention"]]}},
    "stages.*.optimiser.learning_rate": {"loguniform": [0.001, 0.05]},
}


def document(**changes: Any) -> dict[str, Any]:
    """A space of five parameters, one of them conditional."""
    given: dict[str, Any] = {
        "name": "tiny",
        "recipe": "recipe.yaml",
        "parameters": PARAMETERS,
        "search": {"trials": 6},
        "winner": {"top": 1, "seeds": 2},
    }
    return given | changes


def write(folder: Path, stage: dict[str, Any] | None = None, **changes: Any) -> Path:
    """The space as a file, beside its recipe and the recipe's data."""
    write_sets(folder)
    base = recipe()
    base["stages"][0] |= {"epochs": EPOCHS, "patience": EPOCHS} | (stage or {})
    (folder / "recipe.yaml").write_text(yaml.safe_dump(base))
    path = folder / "space.yaml"
    path.write_text(yaml.safe_dump(document(**changes), sort_keys=False))
    return path


def space(folder: Path, **changes: Any) -> Space:
    """The space, read."""
    return read_space(write(folder, **changes))
