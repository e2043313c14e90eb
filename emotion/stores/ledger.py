"""Which parts are committed, with their counts; kept with the store under `_job/`."""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from emotion.errors import StoreError
from emotion.stores.described import Count
from emotion.stores.files import content_of, decoded, read_whole, sweep, sync_directory, write_whole

_SUFFIX = ".json"
_NUMBER = re.compile("[0-9]+")
Number = Annotated[int, msgspec.Meta(ge=0, lt=10**18)]  # of splits, and of batches, which their sources choose
LIVE_FILES = 10**9  # numbers from here on are live sources, their splits the sequence numbers of batches


class Tombstones(msgspec.Struct, frozen=True):
    """Ids that delete notices name: tweets, and users all of whose tweets must go."""

    tweets: list[str] = []
    users: list[str] = []


class Counts(msgspec.Struct):
    """What one part came to: its commit without the tombstones, which may be millions.

    read = labelled + sum(skipped) + dead_letters + deleted. `bytes` are decompressed, `seconds` the work's wall time.
    `no_language` of those labelled said none; `digest` tells the records of a live batch from others.
    """

    key: str
    source: str
    file: Count
    split: Number
    part: Count
    last: bool
    read: Count
    labelled: Count
    dead_letters: Count
    deleted: Count
    skipped: dict[str, Count] = {}
    bytes: Count = 0
    seconds: float = 0.0
    attempt: Count = 1
    no_language: Count = 0
    digest: str = ""


class Commit(Counts):
    """A part counts only once its commit is there."""

    tombstones: Tombstones = Tombstones()


Read = TypeVar("Read", bound=Counts)


@dataclass(slots=True)
class Progress:
    """The committed parts of a split, their records, and the number of the last part once that is known."""

    parts: set[int] = field(default_factory=set)
    last: int | None = None
    read: int = 0

    @property
    def complete(self) -> bool:
        """Whether all parts up to the last are committed."""
        return self.last is not None and len(self.parts) == self.last + 1


Done = defaultdict[tuple[int, int], Progress]  # by file and split


class LiveDone(msgspec.Struct):
    """Which batches of a live source are finished: runs of sequence numbers, first to last.

    `digests` are those of the batches with the highest numbers.
    """

    source: str
    file: Count
    runs: list[tuple[Number, Number]] = []
    digests: dict[Number, str] = {}


class Compacted(msgspec.Struct):
    """The content of `ledger.json`: counts of finished parts in manifest order, and totals over all jobs so far.

    The batches of a live source are one entry together, split 0; `live` tells which they are.
    """

    commits: list[Counts] = []
    duplicates: Count = 0
    removed: Count = 0
    documents: Count = 0
    folded: Count = 0
    live: list[LiveDone] = []


def part_key(file: int, split: int, part: int) -> str:
    """The name of a part; see `keys_in_order` for how names are sorted."""
    return f"{file:06d}-{split:0{16 if file >= LIVE_FILES else 5}d}-{part:05d}"


def keys_in_order(keys: Iterable[str]) -> list[str]:
    """Keys in manifest order: by their numbers, which may have outgrown the zeros before them."""
    return sorted(keys, key=lambda key: [int(number) for number in _NUMBER.findall(key)])


def in_manifest_order(commits: Iterable[Counts]) -> list[Counts]:
    """Commits by file, split and part."""
    return sorted(commits, key=lambda commit: (commit.file, commit.split, commit.part))


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

    def commit(self, entry: Commit, check: Callable[[], None] = lambda: None) -> None:
        """Make the part count, once it is sure to outlive a power loss; not where `check` raises.

        The same entry again has no effect.
        """
        sync_directory(self.parts)
        write_whole(self._commit(entry.key), msgspec.json.encode(entry), check)
        sync_directory(self.commits)

    def pending(self) -> dict[str, Counts]:
        """Committed parts that `finish` has not taken in yet, by key in manifest order."""
        return {key: self.read(key) for key in keys_in_order(self.pending_keys())}

    def pending_keys(self) -> list[str]:
        """Keys of the parts that are committed and not yet finished, in no order."""
        try:
            names = os.listdir(self.commits)  # noqa: PTH208 (a path for each of 100,000 takes ten times as long)
        except FileNotFoundError:
            return []
        return [name[: -len(_SUFFIX)] for name in names if name[0].isdigit() and name.endswith(_SUFFIX)]

    def open_keys(self) -> list[str]:
        """Keys of the pending parts that are not finished, in manifest order.

        A kill may leave commits of finished parts, and a machine that was given up may come back with one.
        """
        keys = keys_in_order(self.pending_keys())
        finished = {commit.key for commit in self.finished() if commit.file < LIVE_FILES} if keys else set()
        return [key for key in keys if key not in finished]

    def unseen(self, seen: set[str]) -> Iterator[Counts]:
        """Counts of the pending parts whose keys are not in `seen`, which takes them in."""
        for key in self.pending_keys():
            if key not in seen:
                seen.add(key)
                yield self.read(key)

    def holds_live(self) -> bool:
        """Whether live writers have written here."""
        pending = (int(key.partition("-")[0]) for key in self.pending_keys())
        return any(file >= LIVE_FILES for file in pending) or bool(self.compacted_totals().live)

    def finished(self) -> list[Counts]:
        """Parts that `finish` has compacted, in manifest order."""
        return self.compacted_totals().commits

    def compacted_totals(self) -> Compacted:
        """What `ledger.json` holds; nothing before the first finish."""
        return read_whole(self.compacted, Compacted) or Compacted()

    def progress(self) -> Done:
        """How far each split is, by file and split."""
        return done((*self.finished(), *self.pending().values()))  # a finish killed late leaves some in both

    def has(self, key: str) -> bool:
        """Whether the part is committed and not yet finished."""
        return self._commit(key).exists()

    def read(self, key: str) -> Counts:
        """The counts of a pending part."""
        return self._read(key, Counts)

    def read_tombstones(self, key: str) -> Tombstones:
        """The tombstones of a pending part."""
        return self._read(key, Commit).tombstones

    def _read(self, key: str, kind: type[Read]) -> Read:
        path = self._commit(key)
        return commit_of(content_of(path), key, path, kind)

    def _commit(self, key: str) -> Path:
        return self.commits / f"{key}{_SUFFIX}"


def done(commits: Iterable[Counts]) -> Done:
    """How far each split is by its commits; of those with one key the last one counts."""
    splits: Done = defaultdict(Progress)
    for commit in {commit.key: commit for commit in commits}.values():
        state = splits[commit.file, commit.split]
        state.parts.add(commit.part)
        state.read += commit.read
        if commit.last:
            state.last = commit.part
    return splits


def commit_of(content: bytes | None, key: str, place: object, kind: type[Read]) -> Read:
    """A commit as `kind`; what that leaves out is passed over, not loaded.

    Raises:
        StoreError: the commit is gone, or is not that of the key.
    """
    advice = "; remove it, and the part is done again"
    if content is None:
        raise StoreError(f"The commit {place} has vanished while it was read; say the same again to go on.")
    commit = decoded(content, place, kind, advice)
    if commit.key != key or commit.key != part_key(commit.file, commit.split, commit.part):
        raise StoreError(f"The file {place} is damaged (it names the part {commit.key}){advice}.")
    return commit
