"""Which parts are committed, with their counts; kept with the store under `_job/`."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from emotion.errors import StoreError
from emotion.stores.files import sweep, sync_directory, write_whole


class Tombstones(msgspec.Struct, frozen=True):
    """Ids that delete notices name: tweets, and users all of whose tweets must go."""

    tweets: list[str] = []
    users: list[str] = []


class Counts(msgspec.Struct):
    """What one part came to: its commit without the tombstones, which may be millions.

    read = labelled + sum(skipped) + dead_letters + deleted. `bytes` are decompressed, `seconds` the work's wall time.
    """

    key: str
    source: str
    file: int
    split: int
    part: int
    last: bool
    read: int
    labelled: int
    dead_letters: int
    deleted: int
    skipped: dict[str, int] = {}
    bytes: int = 0
    seconds: float = 0.0
    attempt: int = 1


class Commit(Counts):
    """A part counts only once its commit is there."""

    tombstones: Tombstones = Tombstones()


Read = TypeVar("Read", bound=Counts)


@dataclass(slots=True)
class Progress:
    """The committed parts of a split, and the number of its last one once that is known."""

    parts: set[int] = field(default_factory=set)
    last: int | None = None

    @property
    def complete(self) -> bool:
        """Whether all parts up to the last are committed."""
        return self.last is not None and len(self.parts) == self.last + 1


class Compacted(msgspec.Struct):
    """The content of `ledger.json`: counts of finished parts in manifest order, and totals over all jobs so far."""

    commits: list[Counts] = []
    duplicates: int = 0
    removed: int = 0
    documents: int = 0
    folded: int = 0


def part_key(file: int, split: int, part: int) -> str:
    """Sorted as text, keys are in manifest order."""
    return f"{file:06d}-{split:05d}-{part:05d}"


class Ledger:
    """The commits of a directory store: one small file a part until `finish` compacts them into `ledger.json`."""

    def __init__(self, folder: Path) -> None:
        self.parts = folder / "parts"
        self.commits = folder / "commits"
        self.compacted = folder / "ledger.json"

    def create(self) -> None:
        """Make the folders."""
        for folder in (self.parts, self.commits):
            folder.mkdir(parents=True, exist_ok=True)

    def sweep(self) -> None:
        """Remove what killed writers left; for who holds the lease."""
        for folder in (self.parts, self.commits):
            sweep(folder)

    def forget(self, file: int) -> None:
        """Take back the parts of a file that are not finished: their commits first, so that no half of one counts."""
        for folder in (self.commits, self.parts):
            for path in folder.glob(f"{file:06d}-*"):
                path.unlink()

    def commit(self, entry: Commit) -> None:
        """Make the part count. The same entry again has no effect."""
        write_whole(self._commit(entry.key), msgspec.json.encode(entry))
        sync_directory(self.commits)

    def pending(self) -> dict[str, Counts]:
        """Committed parts that `finish` has not taken in yet, by key in manifest order."""
        return {path.stem: _read(path, Counts) for path in sorted(self.commits.glob("[0-9]*.json"))}

    def new_keys(self, seen: set[str]) -> list[str]:
        """Keys committed since `seen` was filled."""
        if not self.commits.is_dir():
            return []
        return [path.stem for path in self.commits.glob("[0-9]*.json") if path.stem not in seen]

    def finished(self) -> list[Counts]:
        """Parts that `finish` has compacted, in manifest order."""
        return self.compacted_totals().commits

    def compacted_totals(self) -> Compacted:
        """What `ledger.json` holds; nothing before the first finish."""
        if not self.compacted.exists():
            return Compacted()
        try:
            return msgspec.json.decode(self.compacted.read_bytes(), type=Compacted)
        except msgspec.MsgspecError as error:
            raise StoreError(f"The ledger {self.compacted} is damaged ({error}).") from None

    def progress(self) -> defaultdict[tuple[int, int], Progress]:
        """How far each split is, by file and split."""
        splits: defaultdict[tuple[int, int], Progress] = defaultdict(Progress)
        for commit in [*self.finished(), *self.pending().values()]:
            state = splits[commit.file, commit.split]
            state.parts.add(commit.part)
            if commit.last:
                state.last = commit.part
        return splits

    def has(self, key: str) -> bool:
        """Whether the part is committed and not yet finished."""
        return self._commit(key).exists()

    def read(self, key: str) -> Counts:
        """The counts of a pending part."""
        return _read(self._commit(key), Counts)

    def read_tombstones(self, key: str) -> Tombstones:
        """The tombstones of a pending part."""
        return _read(self._commit(key), Commit).tombstones

    def _commit(self, key: str) -> Path:
        return self.commits / f"{key}.json"


def _read(path: Path, kind: type[Read]) -> Read:
    """A commit's file as `kind`; what that leaves out is passed over, not loaded."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.MsgspecError as error:
        raise StoreError(f"The commit {path} is damaged ({error}); remove it, and the part is done again.") from None
