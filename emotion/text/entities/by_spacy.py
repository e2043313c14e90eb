"""Entities with kinds by a model of spaCy that the user has; neither is part of this program."""

import re
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from emotion.errors import UsageError
from emotion.text.entities.entity import Entity, Kind

# Labels of the usual models and of CoNLL's.
_KINDS: dict[str, Kind] = {
    "PERSON": "person", "PER": "person",
    "GPE": "place", "LOC": "place", "FAC": "place",
    "ORG": "organisation",
    "PRODUCT": "product", "WORK_OF_ART": "product",
}  # fmt: skip
_NOT_NEEDED = ("parser", "lemmatizer", "attribute_ruler", "tagger", "morphologizer", "senter")
_BATCH = 256
_HALF = re.compile("[\ud800-\udfff]")  # of a pair whose other half is missing: spaCy takes none
_LONGEST = 100_000  # characters of a text; the rest is not looked at


class SpacyFinder:
    """The entities that a spaCy pipeline finds; dates, numbers and the like are left out."""

    def __init__(self, model: str) -> None:
        if find_spec("spacy") is None:
            raise UsageError("--entities spacy:… needs spaCy; install it with pip install 'emotion[entities]'.")
        import spacy

        try:
            self._pipeline: Any = spacy.load(model)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"spaCy has no model {model!r} here ({str(error).splitlines()[0][:120]}); name one that is installed, "
                "or its folder."
            ) from None
        self._unused = [name for name in self._pipeline.pipe_names if name in _NOT_NEEDED]

    @property
    def fingerprint(self) -> str:
        """Name and version of the model."""
        meta = self._pipeline.meta
        return f"{meta['lang']}_{meta['name']} {meta['version']}"

    def __call__(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The entities of each text."""
        cut = [_HALF.sub("\ufffd", text[:_LONGEST]) for text in texts]
        found = self._pipeline.pipe(cut, batch_size=_BATCH, disable=self._unused)
        return [
            [
                Entity(span.start_char, span.end_char, _KINDS[span.label_], span.text)
                for span in document.ents
                if span.label_ in _KINDS and span.text.strip()
            ]
            for document in found
        ]
