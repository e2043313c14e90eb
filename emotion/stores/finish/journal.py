"""The journal of a finish: what is swapped and what goes, written once everything is staged, then rolled forward."""

import shutil
from pathlib import Path
from typing import Annotated

import msgspec

from emotion.errors import StoreError
from emotion.faults import crash_point
from emotion.stores.files import read_whole, sync_directory, write_whole
from emotion.stores.finish.layout import STAGED, Layout

File = Annotated[str, msgspec.Meta(pattern=r"^[^/\x00]+\.parquet\Z")]  # whatever a user calls it, but no path elsewhere


class Month(msgspec.Struct):
    """The finished files of one month that come or are replaced, and those that go because no row of them is left."""

    put: list[File] = []
    drop: list[File] = []


class Journal(msgspec.Struct, forbid_unknown_fields=True):
    """What is left to do; every step may be done again."""

    parts: list[Annotated[str, msgspec.Meta(pattern=r"^[0-9]+-[0-9]+-[0-9]+\Z")]]
    months: dict[Annotated[str, msgspec.Meta(pattern=r"^month=[0-9a-z-]+\Z")], Month]


def write_journal(layout: Layout, journal: Journal) -> None:
    """From here on the finish is rolled forward."""
    for folder in (*(layout.months / month for month in journal.months), layout.months, layout.staging):
        if folder.exists():
            sync_directory(folder)
    write_whole(layout.journal, msgspec.json.encode(journal))
    sync_directory(layout.staging)
    sync_directory(layout.job)


def roll_forward(layout: Layout) -> None:
    """Bring a staged finish to its end; no effect where none is staged.

    Parts go first, so that no reader sees a document twice; the ledger comes once all its documents are in place.
    """
    journal = read_whole(layout.journal, Journal)
    if journal is None:
        return
    crash_point("finish-staged")
    _drop_parts(layout, journal)
    for name, month in journal.months.items():
        _swap(layout, name, month)
        crash_point("finish-swap")
    _keep_records(layout)
    crash_point("finish-cleanup")
    _drop_commits(layout, journal)
    crash_point("finish-cleanup")
    layout.journal.unlink()
    sync_directory(layout.staging)
    crash_point("finish-cleanup")
    clear(layout)


def clear(layout: Layout) -> None:
    """Remove what a finish that never got to its journal left behind."""
    if layout.staging.exists():
        shutil.rmtree(layout.staging)


def _drop_parts(layout: Layout, journal: Journal) -> None:
    for key in journal.parts:
        layout.part(key).unlink(missing_ok=True)
    sync_directory(layout.ledger.parts)


def _swap(layout: Layout, name: str, month: Month) -> None:
    """A replaced file changes in one step; a new one appears in one."""
    folder = layout.root / name
    folder.mkdir(exist_ok=True)
    for file in month.drop:
        (folder / file).unlink(missing_ok=True)
    for file in month.put:
        _move(layout.months / name / f"{file}{STAGED}", folder / file)
    sync_directory(folder)
    if not any(folder.iterdir()):
        folder.rmdir()
    sync_directory(layout.root)


def _move(staged: Path, final: Path) -> None:
    if staged.exists():
        staged.replace(final)
    elif not final.exists():
        raise StoreError(f"The staged file {staged} is missing, and {final} is not there either.")


def _keep_records(layout: Layout) -> None:
    """The ledger comes last of these: once it names a part, all that the part gave is in place."""
    for final in (layout.tombstones, layout.removed, layout.dead_letters, layout.ledger.compacted):
        staged = layout.staged(final)
        if staged.exists():
            staged.replace(final)
    sync_directory(layout.root)
    sync_directory(layout.job)


def _drop_commits(layout: Layout, journal: Journal) -> None:
    for key in journal.parts:
        layout.part_dead_letters(key).unlink(missing_ok=True)
        (layout.ledger.commits / f"{key}.json").unlink(missing_ok=True)
    sync_directory(layout.ledger.commits)
