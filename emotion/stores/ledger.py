"""Which parts are committed, with their counts; kept with the store under `_job/`."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from emotion.errors import StoreError
from emotion.stores.files import sweep, sync_directory, write_whole


class Tombstones(msgspec.Struct, frozen=True):
    """Ids that delete notices name: tweets, and users all of whose tweets must go."""

    tweets: list[str] = []
    users: list[str] = []


class Commit(msgspec.Struct):
    """What one part came to. A part counts only once its commit is there.

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
    tombstones: Tombstones = Tombstones()


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
    """The content of `ledger.json`: commits of finished parts in manifest order, and totals over all jobs so far."""

    commits: list[Commit] = []
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
        """Make the folders, and remove what killed writers left."""
        for folder in (self.parts, self.commits):
            folder.mkdir(parents=True, exist_ok=True)
            sweep(folder)

    def commit(self, entry: Commit) -> None:
        """Make the part count. The same entry again has no effect."""
        write_whole(self.commits / f"{entry.key}.json", msgspec.json.encode(entry))
        sync_directory(self.commits)

    def pending(self) -> dict[str, Commit]:
        """Committed parts that `finish` has not taken in yet, by key in manifest order."""
        return {path.stem: read_commit(path) for path in sorted(self.commits.glob("[0-9]*.json"))}

    def new_keys(self, seen: set[str]) -> list[str]:
        """Keys committed since `seen` was filled."""
        if not self.commits.is_dir():
            return []
        return [path.stem for path in self.commits.glob("[0-9]*.json") if path.stem not in seen]

    def finished(self) -> list[Commit]:
        """Commits that `finish` has compacted, in manifest order."""
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
        return (self.commits / f"{key}.json").exists()

    def read(self, key: str) -> Commit:
        """The pending commit of `key`."""
        return read_commit(self.commits / f"{key}.json")


def read_commit(path: Path) -> Commit:
    """A commit from its file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Commit)
    except msgspec.MsgspecError as error:
        raise StoreError(f"The commit {path} is damaged ({error}); remove it, and the part is done again.") from None
