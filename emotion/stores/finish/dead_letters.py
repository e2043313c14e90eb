"""All dead letters so far in one file, with the lines of their files."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from emotion.errors import JobError
from emotion.stores.dead_letters import count_dead_letters
from emotion.stores.files import sync_file
from emotion.stores.finish.layout import Layout
from emotion.stores.ledger import Counts


def stage_dead_letters(layout: Layout, commits: Iterable[Counts], bases: Mapping[tuple[int, int], int]) -> int:
    """Stage the old letters and those of the parts in manifest order; returns the lines of the staged file.

    Raises:
        JobError: a part has more or fewer than its commit says.
    """
    staged = layout.staged(layout.dead_letters)
    with staged.open("wb") as file:
        if layout.dead_letters.exists():
            with layout.dead_letters.open("rb") as old:
                shutil.copyfileobj(old, file, 1 << 20)
        for commit in commits:
            _append(file, layout, commit, bases[commit.file, commit.split])
    sync_file(staged)
    return count_dead_letters(staged)


def _append(file: BinaryIO, layout: Layout, commit: Counts, base: int) -> None:
    path = layout.part_dead_letters(commit.key)
    found = 0
    if path.exists():
        with path.open("rb") as letters:
            for line in letters:
                letter = _letter(line, path)
                letter["line"] += base
                file.write(orjson.dumps(letter, option=orjson.OPT_APPEND_NEWLINE))
                found += 1
    if found != commit.dead_letters:
        raise JobError(
            f"The part {commit.key} ({commit.source}) was committed with {commit.dead_letters} dead letters,"
            f" but {path} holds {found}."
            f" Remove _job/commits/{commit.key}.json and run the job again: the part is labelled anew."
        )


def _letter(line: bytes, path: Path) -> dict[str, Any]:
    try:
        letter = orjson.loads(line)
        if isinstance(letter["line"], int):
            return dict(letter)
    except (ValueError, TypeError, LookupError):
        pass
    raise JobError(f"The file {path} is damaged: {line[:60]!r} is no dead letter.")
