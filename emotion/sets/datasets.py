"""The labelled and unlabelled sets of a recipe: where their splits lie below the data root, and that no split leaks."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from emotion.errors import DataError
from emotion.sets.copies import key
from emotion.sets.formats import Columns, Format, locate, read, read_texts
from emotion.sets.labelled import LabelledSet, joined
from emotion.sets.splitting import SplitConfig, split_rows

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
Leaks = Literal["drop", "refuse"]


class SetConfig(BaseModel):
    """One labelled set; paths are relative to the data root.

    `split` holds back shares of the train files for the splits that no files are named for. `leaks` says what
    becomes of train rows that a validation or test split of any set holds too: they are dropped, or the set refused.
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
    split: SplitConfig | None = None
    leaks: Leaks = "drop"
    only: tuple[str, ...] | None = None
    heads: tuple[str, ...] | None = None
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    source: str = ""

    @model_validator(mode="after")
    def _splits_fit(self) -> "SetConfig":
        if self.split is not None and not self.train:
            raise ValueError("split holds back rows of train, and no train files are named")
        twice = [
            split for split in ("validation", "test") if getattr(self, split) and getattr(self.split, split, 0) > 0
        ]
        if twice:
            raise ValueError(f"split holds back rows for {' and '.join(twice)}, which have files; take out either")
        return self

    @model_validator(mode="after")
    def _files_have_labels(self) -> "SetConfig":
        labelled, named = set(self.columns.files), {*self.train, *self.validation, *self.test}
        if labelled and self.format != "lines":
            raise ValueError(f"columns.files labels files of bare lines; those of {self.format} have their own")
        if labelled and labelled != named:
            paths = ", ".join(sorted(labelled ^ named))
            raise ValueError(f"columns.files gives a label to each file of the set and to no other; see {paths}")
        return self

    def has(self, split: Split) -> bool:
        """Whether the set has this split, of its own files or held back from train."""
        made = self.split is not None and split != "train" and getattr(self.split, split) > 0
        return made or bool(getattr(self, split))

    def load(self, root: Path) -> dict[Split, LabelledSet]:
        """Every split the set has. Those that are measured on know all labels of the set, also rare ones without a row
        there: else a model could not be wrong by them.

        Raises:
            DataError: a file cannot be used, or a split would be empty.
        """
        given = {split: self._read(split, root) for split in SPLITS if getattr(self, split)}
        if self.split is not None:
            given |= _held_back(given["train"], self.split, ", ".join(self.train))
        labels = list(dict.fromkeys(label for split in SPLITS if split in given for label in given[split].labels))
        return {
            split: given[split] if split == "train" else given[split].knowing(labels)
            for split in SPLITS
            if split in given
        }

    def _read(self, split: Split, root: Path) -> LabelledSet:
        """The split's files joined."""
        paths: tuple[str, ...] = getattr(self, split)
        found = joined([read(path, self.format, self.columns, root) for path in paths])
        if unknown := set(self.only or ()) - set(found.labels):
            known = ", ".join(found.labels)
            raise DataError(f"only: {', '.join(sorted(unknown))} is no label of {', '.join(paths)}, which has {known}.")
        kept = found.only(self.only) if self.only else found
        if not kept.texts:
            raise DataError(f"No row of {', '.join(paths)} is left with only: {', '.join(self.only or ())}.")
        return kept


class TextsConfig(BaseModel):
    """Texts for the vocabulary and for word vectors alone; files of labelled sets serve, their labels unread."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Format = "lines"
    columns: Columns = Columns()
    paths: tuple[str, ...] = Field(min_length=1)

    def load(self, root: Path) -> list[str]:
        """The texts of all files, one file after the other.

        Raises:
            DataError: a file cannot be used.
        """
        return [text for path in self.paths for text in read_texts(path, self.format, self.columns, root)]


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
    """Read every split, then drop from what is learnt from each text that is also measured on.

    Raises:
        DataError: a file cannot be used, or a set that refuses leaks has some.
    """
    found = {name: config.load(root) for name, config in sets.items()}
    data = Data(found, [text for config in unlabelled for text in config.load(root)])
    drop_leaks(data, refusing={name for name, config in sets.items() if config.leaks == "refuse"})
    return data


def locate_all(sets: Mapping[str, SetConfig], unlabelled: Iterable[TextsConfig], root: Path) -> None:
    """See that every file is there, without reading any.

    Raises:
        DataError: names the first that is not.
    """
    for config in sets.values():
        for path in (*config.train, *config.validation, *config.test):
            locate(path, config.format, root)
    for texts in unlabelled:
        for path in texts.paths:
            locate(path, texts.format, root)


def drop_leaks(data: Data, refusing: Collection[str] = ()) -> None:
    """Take out of train splits and unlabelled texts whatever a validation or test split of any set also holds.

    Raises:
        DataError: one of the sets `refusing` leaks, or nothing of a set is left.
    """
    held_back = {key(text): where for where, texts in _measured(data) for text in texts}
    for name, splits in data.sets.items():
        if "train" in splits:
            train = splits["train"]
            leaks = np.array([key(text) in held_back for text in train.texts], dtype=bool)
            if name in refusing and leaks.any():
                raise _refused(name, [train.texts[i] for i in np.flatnonzero(leaks)], held_back)
            splits["train"] = train.take(~leaks)
            data.dropped[name] = int(leaks.sum())
            if not len(splits["train"]):
                raise DataError(f"{name}: nothing is left to train on; validation and test hold all texts of train.")
    kept = [text for text in data.unlabelled if key(text) not in held_back]
    if data.unlabelled:
        data.dropped["unlabelled"] = len(data.unlabelled) - len(kept)
    data.unlabelled = kept


def _measured(data: Data) -> Iterable[tuple[str, list[str]]]:
    """Texts of each split that is measured on, with its name."""
    for name, splits in data.sets.items():
        for split in ("validation", "test"):
            if split in splits:
                yield f"{name}, {split}", splits[split].texts


def _refused(name: str, leaks: list[str], held_back: Mapping[str, str]) -> DataError:
    return DataError(
        f"{name}: {len(leaks):,} rows of train are copies of texts that are measured on, the first {leaks[0][:80]!r} "
        f"(in {held_back[key(leaks[0])]}). Take them out of its files, or say leaks: drop."
    )


def _held_back(rows: LabelledSet, config: SplitConfig, files: str) -> dict[Split, LabelledSet]:
    """Train and what is held back of it."""
    parts = dict(zip(SPLITS, split_rows(rows, config.shares, config.seed), strict=True))
    wanted = [split for split, share in zip(SPLITS, config.shares, strict=True) if share > 0]
    if empty := [split for split in wanted if not len(parts[split])]:
        raise DataError(
            f"{files}: {len(rows)} rows are too few for a split into {', '.join(wanted)}; {empty[0]} is empty."
        )
    return {split: rows.take(parts[split]) for split in wanted}
