"""The labelled and unlabelled sets of a recipe: where their splits lie below the data root, and that no split leaks."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from emotion.errors import DataError
from emotion.sets.formats import Columns, Format, read
from emotion.sets.labelled import LabelledSet, joined

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")

_NOISE = re.compile(r"https?://\S+|@\w+|[^\w]|_")


class SetConfig(BaseModel):
    """One labelled set; paths are relative to the data root.

    `only` keeps the rows that carry one of these labels, over these labels alone. `weight` multiplies the loss of its
    rows. `heads` names the heads that its rows train and are measured on; without it, each head that shares a label.
    `source` says in the model card whose data it is and under which terms.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Format
    columns: Columns = Columns()
    train: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    heads: tuple[str, ...] | None = None
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    source: str = ""

    def load(self, split: Split, root: Path) -> LabelledSet | None:
        """The split's files joined, or None where the set has no such split."""
        paths: tuple[str, ...] = getattr(self, split)
        if not paths:
            return None
        found = joined([read(root / path, self.format, self.columns) for path in paths])
        if unknown := set(self.only or ()) - set(found.labels):
            known = ", ".join(found.labels)
            raise DataError(f"only: {', '.join(sorted(unknown))} is no label of {', '.join(paths)}, which has {known}.")
        return found.only(self.only) if self.only else found


class TextsConfig(BaseModel):
    """Texts for the vocabulary and for word vectors alone; files of labelled sets serve, their labels unread."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Format = "lines"
    columns: Columns = Columns()
    paths: tuple[str, ...] = Field(min_length=1)

    def load(self, root: Path) -> list[str]:
        return [text for path in self.paths for text in read(root / path, self.format, self.columns).texts]


@dataclass
class Data:
    """Every split that a recipe names, by set and split; `dropped` counts the rows taken out because they leak."""

    sets: dict[str, dict[Split, LabelledSet]]
    unlabelled: list[str] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)

    def texts(self) -> list[str]:
        """All texts that may be learnt from: those of the train splits, then the unlabelled."""
        return [
            text for splits in self.sets.values() if "train" in splits for text in splits["train"].texts
        ] + self.unlabelled


def load(sets: Mapping[str, SetConfig], unlabelled: Iterable[TextsConfig], root: Path) -> Data:
    """Read every split, then drop from what is learnt from each text that is also measured on."""
    found = {
        name: {split: rows for split in SPLITS if (rows := config.load(split, root))} for name, config in sets.items()
    }
    data = Data(found, [text for config in unlabelled for text in config.load(root)])
    drop_leaks(data)
    return data


def drop_leaks(data: Data) -> None:
    """Take out of train splits and unlabelled texts whatever a validation or test split of any set also holds."""
    held_back = {key(text) for name in data.sets for text in _measured(data.sets[name])}
    for name, splits in data.sets.items():
        if "train" in splits:
            fresh = np.array([key(text) not in held_back for text in splits["train"].texts], dtype=bool)
            splits["train"] = splits["train"].take(fresh)
            data.dropped[name] = int((~fresh).sum())
            if not len(splits["train"]):
                raise DataError(f"{name}: nothing is left to train on; validation and test hold all texts of train.")
    kept = [text for text in data.unlabelled if key(text) not in held_back]
    if data.unlabelled:
        data.dropped["unlabelled"] = len(data.unlabelled) - len(kept)
    data.unlabelled = kept


def key(text: str) -> str:
    """What two copies of a text share: its letters and digits, without users, links, case and punctuation.

    Texts of nothing else (emoji, say) are compared as they are.
    """
    return _NOISE.sub("", text.replace("&amp;", "&").lower()) or text


def _measured(splits: Mapping[Split, LabelledSet]) -> Iterable[str]:
    return (text for split in ("validation", "test") if split in splits for text in splits[split].texts)
