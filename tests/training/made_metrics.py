"""Numbers of a made-up bundle, as training writes them."""

from typing import Any

from emotion.training.recipe import check
from tests.training.made_sets import recipe

RECIPE = check(recipe(), "tiny")


def metrics(seed: int = 3, validation: float = 0.8, accuracy: float = 0.75) -> dict[str, Any]:
    """A last stage whose first epoch is the best, with this `select`, and one head with this accuracy on its test."""
    of = RECIPE.model_copy(update={"seed": seed})
    paths = dict.fromkeys(of.select, validation)
    labels = {"joy": {"precision": 0.9, "recall": 0.9, "f1": 0.9, "support": 3.0}}
    return {
        "recipe": of.model_dump(mode="json", exclude={"license"}),
        "words": 1,
        "made": {"seconds": 1, "python": "3", "torch": "2"},
        "history": [
            {"stage": 1, "epoch": 1, "loss": 1.0, "select": 0.99} | paths,
            {"stage": 2, "epoch": 1, "loss": 0.5, "select": validation} | paths,
            {"stage": 2, "epoch": 2, "loss": 0.4, "select": validation - 0.1} | paths,
        ],
        "sets": {
            "single": {
                "source": "made up",
                "rows": {"test": 3},
                "dropped": 0,
                "validation": {"profile": {"hit": 0.5, "rows": 3}},
                "test": {
                    "emotion": {"accuracy": accuracy, "rows": 3, "labels": labels},
                    "baseline": {"emotion": {"accuracy": 0.1, "rows": 3, "labels": labels}},
                },
            }
        },
        "thresholds": {},
        "ambiguity": {},
        "felt": {},
    }
