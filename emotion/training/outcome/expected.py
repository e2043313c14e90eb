"""What texts usually look like to a model goes into its bundle, so that an API can tell when texts change."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from emotion.errors import BundleError
from emotion.evaluation.observed import KEPT, Observed, observe
from emotion.models.bundle import Bundle
from emotion.models.description import mapping
from emotion.predictor import Device, Predictor
from emotion.training.recipe import check


def with_expected(bundle: Bundle, texts: Sequence[str], device: Device = "cpu") -> Bundle:
    """The bundle that keeps what these texts show, where there are any; its id stays."""
    return keeping(bundle, observe(Predictor(bundle, device), texts)) if texts else bundle


def keeping(bundle: Bundle, observed: Observed) -> Bundle:
    """The bundle that keeps what was observed."""
    return replace(bundle, metrics=dict(bundle.metrics) | {KEPT: msgspec.to_builtins(observed)})


def said(observed: Observed) -> str:
    """What texts look like, in words."""
    mix = ", ".join(f"{emotion} {share:.0%}" for emotion, share in observed.emotions.items())
    return (
        f"what {observed.texts:,} texts look like: {observed.words:.1f} words a text, {observed.unknown:.1%} of them "
        f"unknown, confidence {observed.confidence:.2f} where something is felt; {mix}"
    )


def validation_texts(bundle: Bundle, root: Path) -> list[str]:
    """The validation texts of the recipe that made a bundle, below `root`.

    Raises:
        BundleError: it keeps no recipe, or none with a validation split.
        DataError: they are not there.
    """
    recipe = mapping(bundle.metrics.get("recipe"))
    if not recipe:
        raise BundleError(f"The model {bundle.id} keeps no recipe that names texts; name some with --texts.")
    sets = check(dict(recipe), f"the recipe of model {bundle.id}").sets
    found = [sets[name].load(root)["validation"].texts for name in sets if sets[name].has("validation")]
    if not found:
        raise BundleError(f"The recipe of model {bundle.id} has no validation split; name texts with --texts.")
    return [text for texts in found for text in texts]
