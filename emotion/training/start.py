"""Training that goes on from a bundle: its rules, vocabulary and encoder, and the heads that are still the same."""

import torch

from emotion.errors import ConfigError
from emotion.models.bundle import Bundle
from emotion.models.classifier import Classifier
from emotion.models.config import ModelConfig
from emotion.models.description import TRAINING_ONLY
from emotion.models.registry import resolve
from emotion.text.vocabulary import UNKNOWN, Vocabulary
from emotion.training.recipe import Recipe


def starting_bundle(recipe: Recipe) -> Bundle | None:
    """The bundle that the recipe starts from, if any."""
    return None if recipe.start is None else Bundle.load(resolve(recipe.start.bundle))


def resolved(recipe: Recipe, bundle: Bundle | None) -> Recipe:
    """The recipe with what the bundle decides: rules, and the network's shape; a ConfigError where it says otherwise.

    Dropouts and penalty stay those of the recipe, where it names them.
    """
    if bundle is None:
        return recipe
    faults = _others("rules", recipe, recipe.rules.model_dump(), bundle.rules.model_dump(), set())
    faults += _others("model", recipe, recipe.model.model_dump(), bundle.config.model_dump(), TRAINING_ONLY)
    if faults:
        raise ConfigError(f"{recipe.name} cannot start from {bundle.id}: {'; '.join(faults)}.")
    own = {name: getattr(recipe.model, name) for name in TRAINING_ONLY & recipe.model.model_fields_set}
    model = ModelConfig.model_validate(bundle.config.model_dump() | own)
    return recipe.model_copy(update={"rules": bundle.rules, "model": model})


def extended(known: Vocabulary, learnt: Vocabulary) -> Vocabulary:
    """All known words in their order, then those that only the other vocabulary holds."""
    return Vocabulary(known.counts | {word: count for word, count in learnt.counts.items() if word not in known})


@torch.no_grad()
def take_over(model: Classifier, recipe: Recipe, bundle: Bundle) -> None:
    """Copy the bundle's weights into a fresh model whose vocabulary begins with the bundle's.

    A word that is new starts as the unknown word, which it was. A head starts from the bundle's of the same name, kind
    and labels; without one, at random.
    """
    places = {(head.name, head.kind, head.labels): number for number, head in enumerate(bundle.heads)}
    names: dict[str, str] = {}
    for number, head in enumerate(recipe.all_heads):
        place = places.get((head.name, head.kind, head.labels))
        names |= (
            {} if place is None else {f"heads.{number}.{end}": f"heads.{place}.{end}" for end in ("weight", "bias")}
        )
    for name, weight in model.named_parameters():
        if name == "embedding.weight":
            old = bundle.weights[name].float()
            weight[: len(old)] = old
            weight[len(old) :] = old[UNKNOWN]
        elif name in names or not name.startswith("heads."):
            weight.copy_(bundle.weights[names.get(name, name)])


def _others(key: str, recipe: Recipe, here: dict[str, object], there: dict[str, object], free: set[str]) -> list[str]:
    """Keys that the recipe names with another value than the bundle has; what is not written is None."""
    part = getattr(recipe, key)
    named = part.model_fields_set - free if key in recipe.model_fields_set else set()
    return [
        f"{key}.{name} is {here.get(name)!r}, and {there.get(name)!r} in the bundle; leave it out"
        for name in sorted(named)
        if here.get(name) != there.get(name)
    ]
