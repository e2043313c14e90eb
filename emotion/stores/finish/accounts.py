"""The totals of a store, and the checks that nothing is missing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import msgspec

from emotion.errors import JobError
from emotion.stores.ledger import LIVE_FILES, Compacted, Counts, Ledger, Tombstones

_SUMMED = ("read", "labelled", "dead_letters", "deleted")


class Totals(msgspec.Struct, frozen=True):
    """What a finished store came to: documents = labelled - duplicates - removed.

    `labelled` is the sum over the ledger, in which `folded` retweets that met their original count as skipped.
    """

    documents: int = 0
    duplicates: int = 0
    removed: int = 0
    folded: int = 0
    labelled: int = 0

    def check(self) -> None:
        """Raise a JobError unless the totals balance."""
        if self.documents != self.labelled - self.duplicates - self.removed:
            raise JobError(
                f"The store does not balance: {self.documents} documents, but {self.labelled} labelled"
                f" - {self.duplicates} duplicates - {self.removed} removed"
                f" = {self.labelled - self.duplicates - self.removed}. Nothing was deleted."
            )


def totals_of(ledger: Compacted) -> Totals:
    """The totals that the ledger was compacted with."""
    labelled = sum(commit.labelled for commit in ledger.commits)
    return Totals(ledger.documents, ledger.duplicates, ledger.removed, ledger.folded, labelled)


def summed(ledger: Compacted) -> dict[str, Any]:
    """The accounts of all that is finished, as `run.json` holds them."""
    skipped: Counter[str] = Counter()
    for commit in ledger.commits:
        skipped.update(commit.skipped)
    sums = {name: sum(getattr(commit, name) for commit in ledger.commits) for name in _SUMMED}
    rest = {"duplicates": ledger.duplicates, "removed": ledger.removed, "documents": ledger.documents}
    return {**sums, "skipped": dict(sorted(skipped.items())), **rest}


def read_tombstones(ledger: Ledger, commits: Iterable[Counts]) -> Iterable[Tombstones]:
    """Tombstones of the commits, one part after the other."""
    return (ledger.read_tombstones(commit.key) for commit in commits)


def check_commits(commits: Iterable[Counts]) -> None:
    """Raise a JobError unless each part balances and the parts of each split are all there; a live batch is one."""
    for (file, split), group in groupby(commits, lambda commit: (commit.file, commit.split)):
        parts = list(group)
        for number, commit in enumerate(parts):
            _check_balance(commit)
            if file < LIVE_FILES and (commit.part != number or commit.last != (number == len(parts) - 1)):
                raise JobError(
                    f"The ledger has a gap: split {split} of file {file} ({commit.source}) has {len(parts)} parts,"
                    f" but not number {number}, or its end is missing. Run the job again before it is finished."
                )


def _check_balance(commit: Counts) -> None:
    skipped = sum(commit.skipped.values())
    found = commit.labelled + skipped + commit.dead_letters + commit.deleted
    if commit.read != found:
        raise JobError(
            f"The part {commit.key} ({commit.source}) does not balance: {commit.read} read, but"
            f" {commit.labelled} labelled + {skipped} skipped + {commit.dead_letters} dead letters"
            f" + {commit.deleted} deleted = {found}."
        )


def line_bases(finished: Iterable[Counts], commits: Iterable[Counts]) -> dict[tuple[int, int], int]:
    """For each (file, split) the records read in the earlier splits of the same file.

    A live source's finished batches are one entry, which comes before all that are not.
    """
    read: defaultdict[int, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for commit in finished:
        read[commit.file][-1 if commit.file >= LIVE_FILES else commit.split] += commit.read
    for commit in commits:
        read[commit.file][commit.split] += commit.read
    bases = {}
    for file, splits in read.items():
        before = 0
        for split in sorted(splits):
            bases[file, split] = before
            before += splits[split]
    return bases


def restate(commit: Counts, folded: int) -> Counts:
    """The commit after `folded` of its retweets met their originals: they count as skipped."""
    if not folded:
        return commit
    skipped: Mapping[str, int] = commit.skipped
    return msgspec.structs.replace(
        commit,
        labelled=commit.labelled - folded,
        skipped={**skipped, "retweet": skipped.get("retweet", 0) + folded},
    )
