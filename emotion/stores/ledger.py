"""Which parts are committed, with their counts; kept with the store under `_job/`."""

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

    def read(self, key: str) -> Commit:
        """The pending commit of `key`."""
        return read_commit(self.commits / f"{key}.json")


def read_commit(path: Path) -> Commit:
    """A commit from its file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Commit)
    except msgspec.MsgspecError as error:
        raise StoreError(f"The commit {path} is damaged ({error}); remove it, and the part is done again.") from None
