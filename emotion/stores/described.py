"""What a store says of itself in its small JSON files: its label set and the accounts of its jobs."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from emotion.errors import StoreRefusal, UsageError
from emotion.stores.files import read_whole

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


VERSION = 1


class Described(msgspec.Struct, omit_defaults=True):
    """The content of `store.json`; `rules` are the cleaning rules of its model, kept for queries."""

    version: int
    labels: list[str]
    profile_labels: list[str]
    rules: dict[str, Any] | None = None


def describe(labels: Iterable[str], profile_labels: Iterable[str], rules: Mapping[str, Any] | None = None) -> Described:
    """What a store of this version says of a model."""
    return Described(VERSION, list(labels), list(profile_labels), None if rules is None else dict(rules))


def required(described: Described | None, store: object) -> Described:
    """What a store says of itself.

    Raises:
        UsageError: there is no store.
    """
    if described is None:
        raise UsageError(
            f"{store} is not a store: it holds no store.json. Make one with `emotion label ARCHIVE --to {store}`."
        )
    return described


def is_of_labels(kept: Described, wanted: Described) -> bool:
    """Whether both hold the same label sets, in the same order."""
    return (kept.labels, kept.profile_labels) == (wanted.labels, wanted.profile_labels)


def check_labels(kept: Described | None, wanted: Described, store: str, instead: str) -> None:
    """Refuse a store of other labels; `instead` is what a user could do.

    Raises:
        StoreRefusal: a store holds one label set.
    """
    if kept is None or not is_of_labels(kept, wanted):
        raise StoreRefusal(other_labels(kept, wanted, store, instead))


def other_labels(kept: Described | None, wanted: Described, store: str, instead: str) -> str:
    """Why a store does not take what it holds no labels for, and what a user could do `instead`."""
    return (
        f"The store {store} holds the labels {_named(kept)}; this model gives {_named(wanted)}. "
        f"A store holds one label set: {instead}."
    )


def _named(described: Described | None) -> str:
    if described is None:
        return "of nobody"
    profile = f" with the profile {', '.join(described.profile_labels)}" if described.profile_labels else ""
    return ", ".join(described.labels) + profile


class _Run(msgspec.Struct):
    """The content of `run.json`: the accounts of all jobs so far, and what the latest run was."""

    read: Count = 0
    labelled: Count = 0
    skipped: dict[str, Count] = {}
    dead_letters: Count = 0
    deleted: Count = 0
    duplicates: Count = 0
    removed: Count = 0
    documents: Count = 0
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    model: str = ""
    engine: str = ""
    left_aside: list[str] = []


def read_described(root: Path) -> Described | None:
    """What `store.json` says, or None where there is no store.

    Raises:
        StoreError: it is damaged, or of another version.
    """
    return of_our_version(read_whole(root / "store.json", Described), root)


def of_our_version(described: Described | None, store: object) -> Described | None:
    """What a store says of itself, if this program understands it.

    Raises:
        StoreRefusal: it is of another version.
    """
    if described is not None and described.version != VERSION:
        raise StoreRefusal(
            f"The store {store} has version {described.version}; this program reads version {VERSION}. Update emotion."
        )
    return described


def read_run(root: Path) -> dict[str, Any] | None:
    """The accounts of `run.json` as they were kept, or None before a job has come to its end.

    Raises:
        StoreError: they are damaged.
    """
    path, advice = root / "run.json", "; the next `emotion label` into this store writes it anew"
    return None if read_whole(path, _Run, advice) is None else read_whole(path, dict[str, Any], advice)
