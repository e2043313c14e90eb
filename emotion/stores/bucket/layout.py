"""Where the objects of a store lie, below the address that a user names.

current                                     which generation is read and written, and which grows beside it
v000001/store.json, run.json                what the store says of itself, and its accounts
v000001/month=2020-01/NAME.TOKEN.parquet    finished documents, never written over
v000001/_job/snapshot.json                  which objects the finished store is made of: every reader begins here
v000001/_job/manifest.json, lease.json, parts/, commits/, tries/
v000002/                                    grows beside it under --restart, until `current` names it

The number of a generation is given once: a late worker of one that was given up writes where nobody looks.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from emotion.objects.bucket import Entry, Seen, Vanished, listed, remove, whole, write_as_seen
from emotion.stores.described import Described, of_our_version
from emotion.stores.files import decoded
from emotion.stores.ledger import Compacted

_NAME = r"^(month=[0-9a-z-]+/[\w.-]+\.parquet|dead_letters\.jsonl|_job/[a-z]+\.(json|arrow))$"
_KEY = r"^[\w=-]+(/[\w=-]+)?(\.[\w-]+)*$"
_PART = re.compile(r"_job/(?:parts|commits)/([0-9-]+)\..+")
_MADE = re.compile(r"(?:month=[^/]+/[^/]+|dead_letters|_job/[a-z]+)\.[0-9a-f]{8}\.[a-z]+")


class Kept(msgspec.Struct, frozen=True):
    """The object that holds a file of the finished store, with its size and what the bucket calls this content."""

    key: Annotated[str, msgspec.Meta(pattern=_KEY)]
    size: Annotated[int, msgspec.Meta(ge=0)]
    version: str | None = None


class Snapshot(msgspec.Struct):
    """The files of the finished store, by their names in a directory store; `token` tells it from an equal one."""

    files: dict[Annotated[str, msgspec.Meta(pattern=_NAME)], Kept] = {}
    token: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """Addresses of one generation of the store at `address`."""

    address: str
    generation: int = 1

    @property
    def root(self) -> str:
        """Below it lies all of the generation."""
        return f"{self.address}/v{self.generation:06d}"

    @property
    def job(self) -> str:
        """What belongs to the job and its ledger."""
        return f"{self.root}/_job"

    def part(self, key: str) -> str:
        """Documents of a part."""
        return f"{self.job}/parts/{key}.parquet"

    def letters(self, key: str) -> str:
        """Dead letters of a part."""
        return f"{self.job}/parts/{key}.dead.jsonl"

    def commit(self, key: str) -> str:
        """The commit that makes a part count."""
        return f"{self.job}/commits/{key}.json"

    def describe(self) -> Described | None:
        """What `store.json` says, or None where there is no store."""
        place = f"{self.root}/store.json"
        found = whole(place)
        return of_our_version(None if found is None else decoded(found[0], place, Described), self.address)

    def run(self) -> dict[str, Any] | None:
        """The accounts as they were kept, or None before a job has come to its end."""
        place = f"{self.root}/run.json"
        found = whole(place)
        return None if found is None else decoded(found[0], place, dict[str, Any])

    def snapshot(self) -> tuple[Snapshot, Seen | None]:
        """The finished store, and how it was seen; nothing before the first finish."""
        place = f"{self.job}/snapshot.json"
        found = whole(place)
        return (Snapshot(), None) if found is None else (decoded(found[0], place, Snapshot), found[1])

    def publish(self, snapshot: Snapshot, seen: Seen | None) -> bool:
        """Let readers see this in the place of what was seen; False where another job was faster."""
        return write_as_seen(f"{self.job}/snapshot.json", msgspec.json.encode(snapshot), seen) is not None

    def entry(self, kept: Kept) -> Entry:
        """The object of a file of a snapshot."""
        return Entry(f"{self.root}/{kept.key}", kept.size, 0, kept.version)

    def compacted(self, snapshot: Snapshot | None = None) -> Compacted:
        """The ledger of what is finished, now or in a snapshot.

        Raises:
            Vanished: it is not there.
        """
        kept = (snapshot or self.snapshot()[0]).files.get("_job/ledger.json")
        if kept is None:
            return Compacted()
        place = f"{self.root}/{kept.key}"
        found = whole(place)
        if found is None:
            raise Vanished(f"{place} has vanished: put it back, or label anew with --restart.")
        return decoded(found[0], place, Compacted)

    def over(self, shown: Snapshot, keys: Container[str]) -> list[str]:
        """What goes once this is shown: parts and commits of these keys, and finished files that it does not name.

        It is listed before: what a job puts that takes over after that is not among it.
        """
        keep, start = {kept.key for kept in shown.files.values()}, len(self.root) + 1

        def goes(entry: Entry) -> bool:
            name = entry.address[start:]
            key = key_of(name)
            return key in keys if key else bool(_MADE.fullmatch(name)) and name not in keep

        return [entry.address for entry in listed(self.root) if goes(entry)]

    def discard(self) -> None:
        """Remove the generation, its description first, so that what is left of it is no store."""
        remove([f"{self.root}/store.json"])
        remove(entry.address for entry in listed(self.root))


def key_of(name: str) -> str | None:
    """The key of a part, by the name of one of its objects from the generation on; None where it is none."""
    part = _PART.fullmatch(name)
    return part and part[1]
