"""The accounts of a job: what was read must be what was labelled, skipped, refused or deleted."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from emotion.errors import JobError
from emotion.stores.ledger import Commit, Counts
from emotion.stores.protocol import Check, Progress, Store, silent


class Accounts(msgspec.Struct):
    """Counts of records; see the equations in `check_part` and `check_total`."""

    read: int = 0
    labelled: int = 0
    skipped: dict[str, int] = {}
    dead_letters: int = 0
    deleted: int = 0
    duplicates: int = 0
    removed: int = 0
    documents: int = 0

    @property
    def used(self) -> int:
        """labelled + skipped + dead letters + deleted."""
        return self.labelled + sum(self.skipped.values()) + self.dead_letters + self.deleted

    def to_dict(self) -> dict[str, Any]:
        """As `run.json` holds them."""
        return dict(msgspec.to_builtins(self))


def total(commits: Iterable[Counts]) -> Accounts:
    """The sum over parts, before duplicates and removals are known."""
    accounts, skipped = Accounts(), Counter[str]()
    for commit in commits:
        accounts.read += commit.read
        accounts.labelled += commit.labelled
        accounts.dead_letters += commit.dead_letters
        accounts.deleted += commit.deleted
        skipped.update(commit.skipped)
    accounts.skipped = dict(sorted(skipped.items()))
    return accounts


def finished(store: Store, check: Check, workers: int = 1, progress: Progress = silent) -> Accounts:
    """Put a store in order, and balance its accounts.

    Raises:
        JobError: they do not balance, or another job took over.
    """
    totals = store.finish(workers=workers, progress=progress, check=check)
    accounts = total(store.ledger.finished())
    accounts.duplicates, accounts.removed, accounts.documents = totals.duplicates, totals.removed, totals.documents
    check_total(accounts)
    return accounts


def check_part(commit: Commit) -> None:
    """read = labelled + skipped + dead letters + deleted, or the part must not be committed.

    Raises:
        JobError: the part does not balance.
    """
    used = commit.labelled + sum(commit.skipped.values()) + commit.dead_letters + commit.deleted
    if commit.read != used:
        raise JobError(
            f"The accounts of part {commit.key} ({commit.source}) do not balance: {commit.read} records read, but "
            f"{commit.labelled} labelled, {sum(commit.skipped.values())} skipped, {commit.dead_letters} dead letters "
            f"and {commit.deleted} deleted make {used}."
        )


def check_total(accounts: Accounts) -> None:
    """Both equations over the whole store.

    Raises:
        JobError: they do not hold.
    """
    if accounts.read != accounts.used:
        raise JobError(f"The accounts do not balance: {accounts.read} records read, {accounts.used} accounted for.")
    kept = accounts.labelled - accounts.duplicates - accounts.removed
    if accounts.documents != kept:
        raise JobError(
            f"The accounts do not balance: {accounts.labelled} labelled less {accounts.duplicates} duplicates and "
            f"{accounts.removed} removed make {kept}, but the store holds {accounts.documents} documents."
        )
