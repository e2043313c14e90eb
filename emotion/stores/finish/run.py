"""The finish of a directory store: parts become months, each id once, totals checked before anything goes."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from emotion.errors import JobError
from emotion.stores.files import room_on_disk, sync_file, write_whole
from emotion.stores.finish import accounts, journal
from emotion.stores.finish.accounts import Totals, totals_of
from emotion.stores.finish.dead_letters import stage_dead_letters
from emotion.stores.finish.fates import DUPLICATE, FOLDED, Fates, count_removed, decide
from emotion.stores.finish.journal import Journal, Month
from emotion.stores.finish.layout import STAGED, Layout
from emotion.stores.finish.live import joined, live_done, not_yet
from emotion.stores.finish.sources import Source, find_sources, rows_of
from emotion.stores.finish.stage import Staged, Stager
from emotion.stores.ledger import Compacted, Counts, in_manifest_order
from emotion.stores.protocol import Check, Progress, silent, unchecked

_IDS_SHARE = 0.15  # of the time, for the progress


def finish(
    root: Path,
    *,
    memory: int = 10**9,
    workers: int = 1,
    progress: Progress = silent,
    check: Check = unchecked,
    meanwhile: bool = False,
) -> Totals:
    """Take all committed parts of the store into its months; every part of the manifest must be committed.

    After a kill the same call goes on and ends with the same store. Without parts it checks the store, no more.

    Args:
        root: directory of the store.
        memory: bound on the rows that wait to be written, in bytes; ids are compared beside it (`ids.py`).
        workers: threads that rewrite rows.
        progress: told the share that is done, 0 to 1.
        check: called before anything is swapped; it raises where this process may do so no longer.
        meanwhile: parts are written while this runs, by the same process; those it does not take in stay.

    Raises:
        JobError: a part, a row or a dead letter is missing, or the totals do not balance; the parts are left in place.
        StoreError: the disk is full, or a file of the ledger is damaged.
    """
    workers = max(1, workers)
    room = memory // 2 // workers
    try:
        with room_on_disk(root):
            return _finish(Layout(root), room, workers, progress, check, meanwhile)
    except OSError as error:
        raise JobError(f"The store {root} could not be finished: {error}. Say the same again to go on.") from error


def _finish(layout: Layout, room: int, workers: int, progress: Progress, check: Check, meanwhile: bool) -> Totals:
    check()
    journal.roll_forward(layout)
    journal.clear(layout)
    commits = list(layout.ledger.pending().values())
    if commits:
        changes = _stage_all(layout, commits, room, workers, progress)
        check()
        journal.write_journal(layout, changes)
        journal.roll_forward(layout)
    if not meanwhile:
        _sweep(layout)
    totals = totals_of(layout.ledger.compacted_totals())
    _check_documents(layout, sum(map(rows_of, layout.finished())), totals)
    progress(1.0)
    return totals


def _stage_all(layout: Layout, pending: Sequence[Counts], room: int, workers: int, progress: Progress) -> Journal:
    """Make and check everything beside the store."""
    before = layout.ledger.compacted_totals()
    commits = not_yet(before, pending)
    accounts.check_commits(in_manifest_order((*before.commits, *commits)))
    layout.staging.mkdir(parents=True)
    sources = find_sources(layout, commits)
    _check_documents(layout, sum(source.rows for source in sources if source.commit is None), totals_of(before))
    fates = decide(layout, sources, commits)
    progress(_IDS_SHARE)
    bases = accounts.line_bases(before.commits, commits)
    stager = Stager(layout, fates, bases, room, lambda done: progress(_IDS_SHARE + done * (0.99 - _IDS_SHARE)))
    staged = stager.stage(sources, workers)
    _stage_ledger(layout, before, commits, _count(sources, fates), _documents(layout, sources, staged))
    _check_dead_letters(stage_dead_letters(layout, commits, bases), (*before.commits, *commits))
    for path in (layout.tombstones, layout.removed):
        sync_file(layout.staged(path))
    return Journal([commit.key for commit in pending], _changes(layout, staged))


def _count(sources: Sequence[Source], fates: Fates) -> tuple[int, dict[str, int]]:
    """Duplicates among the new rows, and those of them that are folded retweets, by part."""
    duplicates, folded = 0, {}
    for source in sources:
        if source.commit is not None:
            lost = fates[source.span][fates[source.span] & DUPLICATE > 0]
            folded[source.commit.key] = int(np.count_nonzero(lost & FOLDED))
            duplicates += len(lost) - folded[source.commit.key]
    return duplicates, folded


def _documents(layout: Layout, sources: Sequence[Source], staged: Staged) -> int:
    """Documents of the store to be, by the footers of its files."""
    kept = (
        source.rows for source in sources if source.commit is None and _staged_path(layout, source.path) not in staged
    )
    return sum(kept) + sum(staged.values())


def _staged_path(layout: Layout, final: Path) -> Path:
    return layout.months / final.parent.name / f"{final.name}{STAGED}"


def _stage_ledger(
    layout: Layout, before: Compacted, commits: Sequence[Counts], lost: tuple[int, dict[str, int]], documents: int
) -> None:
    duplicates, folded = lost
    restated = [accounts.restate(commit, folded.get(commit.key, 0)) for commit in commits]
    ledger = Compacted(
        commits=in_manifest_order(joined((*before.commits, *restated))),
        duplicates=before.duplicates + duplicates,
        removed=count_removed(layout.staged(layout.removed)),
        documents=documents,
        folded=before.folded + sum(folded.values()),
        live=live_done(before.live, commits),
    )
    totals_of(ledger).check()
    write_whole(layout.staged(layout.ledger.compacted), msgspec.json.encode(ledger))


def _changes(layout: Layout, staged: Staged) -> dict[str, Month]:
    months: dict[str, Month] = {}
    for path, rows in sorted(staged.items()):
        month = months.setdefault(path.parent.name, Month())
        (month.put if rows else month.drop).append(path.name.removesuffix(STAGED))
    return months


def _check_documents(layout: Layout, found: int, totals: Totals) -> None:
    if found != totals.documents:
        raise JobError(
            f"The finished files of {layout.root} hold {found} documents, but its ledger counts {totals.documents}: "
            "files were removed, added or changed by hand. Bring them back, or label the archive anew with --restart."
        )


def _check_dead_letters(found: int, commits: Sequence[Counts]) -> None:
    expected = sum(commit.dead_letters for commit in commits)
    if found != expected:
        raise JobError(f"The dead letters do not balance: {found} in dead_letters.jsonl, but {expected} in the ledger.")


def _sweep(layout: Layout) -> None:
    """Remove what is left of writers that were killed: all that counted is finished."""
    for folder in (layout.ledger.parts, layout.ledger.commits):
        for path in folder.glob("*"):
            path.unlink(missing_ok=True)
