"""What a job keeps in the companion index: lease, tries, commits, the ids of each part."""

import base64
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar, cast

import msgspec
import pyarrow as pa

from emotion.errors import JobError, StoreError
from emotion.stores.elasticsearch.companion import Companion, Conflict
from emotion.stores.elasticsearch.connect import explained
from emotion.stores.finish.accounts import restate
from emotion.stores.lease import Lease
from emotion.stores.ledger import Commit, Counts, Done, Tombstones, done, in_manifest_order

LEASE, RUN, TOTALS = "lease", "run", "totals"
COMMIT, IDS, LETTER, REPLAYED, TRY = "commit", "ids", "letter", "replayed", "try"
LIVE_LETTER = "live-letter"
_TEXTS = ("raw", "encoding", "document")  # of a dead letter
SINK = "sink"  # the number of the last write that was no job's, and whether it is complete
SINK_FILES = 1_000_000  # numbers of tasks, of one such write; those below are files of labelling jobs
_IDS = pa.schema([("tweet_id", pa.string()), ("folded", pa.bool_())])
_LEASE_PATIENCE = 20.0  # seconds: less than a lease lasts
_COUNTED = ["key", "counts", "replayed"]
_PAGE_OF_IDS = 16  # parts of ids held at once
_LONGEST_ID = 512  # bytes that the server takes


Method = TypeVar("Method", bound=Callable[..., Any])


def _told(method: Method) -> Method:
    """What the server refuses a record is told as a StoreError: workers call these from anywhere."""

    @wraps(method)
    def called(self: Any, *arguments: Any) -> Any:
        with explained(self._companion.session.address):
            return method(self, *arguments)

    return cast("Method", called)


class Totalled(msgspec.Struct):
    """What the last finish came to; `folded` holds, by part, the retweets that met their originals."""

    documents: int = 0
    duplicates: int = 0
    removed: int = 0
    folded: dict[str, int] = {}
    commits: int = 0


class LeaseDocument:
    """The lease of a store as a document that is written over only as it was seen."""

    def __init__(self, companion: Companion) -> None:
        self._patient = companion
        self._companion = Companion(companion.session.hasty(_LEASE_PATIENCE), companion.index)
        self._seen: tuple[int, int] | None = None

    def alone(self) -> AbstractContextManager[object]:
        """Nothing: the server refuses the slower of two writers."""
        return nullcontext()

    def exists(self) -> bool:
        """False once the generation was removed."""
        with explained(self._companion.session.address):
            return self._companion.exists()

    def read(self) -> Lease | None:
        """The lease as it is now; the next write is one over it."""
        with explained(self._companion.session.address):
            found = self._companion.get_versioned(LEASE)
        self._seen = found[1:] if found else None
        return _lease(found[0]) if found else None

    def look(self) -> Lease | None:
        """The lease, with the patience of all else that a job asks."""
        with explained(self._patient.session.address):
            found = self._patient.get(LEASE)
        return _lease(found) if found else None

    def write(self, lease: Lease) -> None:
        """Keep it where it is as it was read; a JobError where another job was faster."""
        with explained(self._companion.session.address):
            self._write({"kind": LEASE, "lease": msgspec.to_builtins(lease)})

    def _write(self, document: dict[str, Any]) -> None:
        if self._seen is None:
            if not self._companion.create(LEASE, document) and self._companion.get(LEASE) != document:
                raise JobError("Another job began on this store at the same moment; wait for it to end, or stop it.")
        else:
            try:
                self._companion.replace(LEASE, document, self._seen)
            except Conflict:
                raise JobError("Another job took this store over; wait for it to end, or stop it.") from None
        self.read()


class TryDocuments:
    """Counts of work that was begun and not ended."""

    def __init__(self, companion: Companion) -> None:
        self._companion = companion

    @_told
    def begun(self, key: str) -> int:
        """How often the work was begun."""
        found = self._companion.get(f"{TRY}/{key}")
        return int(found["times"]) if found else 0

    @_told
    def begin(self, key: str, times: int) -> None:
        """Note that the work is begun for this time."""
        self._companion.put(f"{TRY}/{key}", {"kind": TRY, "key": key, "times": times})

    @_told
    def end(self, key: str) -> None:
        """The work is done."""
        self._companion.delete(f"{TRY}/{key}")

    @_told
    def forget(self) -> None:
        """A new attempt of the job begins with none; for who holds the lease."""
        if self._companion.exists():
            self._companion.refresh()
            self._companion.send((f"{TRY}/{each['key']}", None) for each in list(self._companion.scan(TRY, ["key"])))


class LedgerDocuments:
    """One document a committed part. Commits stay as they are: a finish adds its totals beside them."""

    def __init__(self, companion: Companion) -> None:
        self._companion = companion

    @_told
    def commit(self, entry: Commit) -> None:
        """Make the part count. The same part again has no effect."""
        stones = msgspec.to_builtins(entry.tombstones)
        counts = {name: value for name, value in msgspec.to_builtins(entry).items() if name != "tombstones"}
        document = {"kind": COMMIT, "key": entry.key, "number": entry.part, "counts": counts, "tombstones": stones}
        self._companion.create(f"{COMMIT}/{entry.key}", document)

    def forget(self, file: int) -> None:
        """Take back the parts of a file: their commits first, so that no half of one counts."""
        self.forget_files(range(file, file + 1))

    def forget_files(self, files: range) -> None:
        """Take back the parts of these files."""
        self._companion.refresh()
        for kind in (COMMIT, IDS, LETTER):
            keys = list(self._companion.scan(kind, ["key", "number"]))
            self._companion.send((_id(kind, each), None) for each in keys if int(each["key"].split("-")[0]) in files)

    def mark_replayed(self, key: str, numbers: Iterable[int]) -> None:
        """Count these dead letters of a part as documents from now on."""
        found = self._companion.get_versioned(f"{COMMIT}/{key}")
        if found is None:
            raise StoreError(f"The commit of part {key} has vanished; label everything anew with --restart.")
        document, *seen = found
        replayed = sorted({*document.get("replayed", ()), *numbers})
        self._companion.replace(f"{COMMIT}/{key}", document | {"replayed": replayed}, (seen[0], seen[1]))

    def replayed(self) -> dict[str, list[int]]:
        """By part, the numbers of the dead letters that became documents."""
        found = self._companion.scan(COMMIT, ["key", "replayed"])
        return {each["key"]: each["replayed"] for each in found if each.get("replayed")}

    @_told
    def pending_keys(self) -> list[str]:
        """Keys of the parts that are committed, as far as they are found already."""
        return [each["key"] for each in self._companion.scan(COMMIT, ["key"])]

    def unseen(self, seen: set[str]) -> Iterator[Counts]:
        """Counts of the parts whose keys are not in `seen`, which takes them in; whoever looks has no patience."""
        companion = Companion(self._companion.session.hasty(0), self._companion.index)
        with explained(companion.session.address):
            for each in companion.scan(COMMIT, _COUNTED):
                if each["key"] not in seen:
                    seen.add(each["key"])
                    yield _counts(each)

    def finished(self) -> list[Counts]:
        """Counts of all parts in manifest order, as the last finish restated them."""
        folded = self.totals().folded
        return [restate(commit, folded.get(commit.key, 0)) for commit in self.committed()]

    def committed(self) -> list[Counts]:
        """Counts of all parts in manifest order, as they were committed."""
        self._companion.refresh()
        return in_manifest_order(_counts(each) for each in self._companion.scan(COMMIT, _COUNTED))

    def totals(self) -> Totalled:
        """What the last finish came to; nothing before the first."""
        found = self._companion.get(TOTALS)
        return msgspec.convert(found["totals"], Totalled) if found else Totalled()

    def keep_totals(self, totals: Totalled) -> None:
        """Keep what a finish came to."""
        self._companion.put(TOTALS, {"kind": TOTALS, "totals": msgspec.to_builtins(totals)})

    def tombstones(self) -> Iterator[Tombstones]:
        """The tombstones of all parts, one part after the other."""
        for each in self._companion.scan(COMMIT, ["tombstones"], size=_PAGE_OF_IDS):
            yield msgspec.convert(each["tombstones"], Tombstones)

    @_told
    def progress(self) -> Done:
        """How far each split is, by file and split."""
        return done(self.committed())

    @_told
    def has(self, key: str) -> bool:
        """Whether the part is committed."""
        return self._companion.get(f"{COMMIT}/{key}") is not None

    def keep_ids(self, key: str, version: int, ids: pa.Array, folded: pa.Array) -> None:
        """Keep which tweets a part has in the index: what the index must hold is counted by them."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, _IDS, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
            writer.write_batch(pa.record_batch([ids, folded], schema=_IDS))
        data = base64.b64encode(sink.getvalue()).decode()
        self._companion.put(f"{IDS}/{key}", {"kind": IDS, "key": key, "number": 0, "version": version, "ids": data})

    def ids(self) -> Iterator[tuple[str, int, pa.Table]]:
        """Key, version and ids of each part, in no order that counts; of some that are not committed too."""
        replayed = self.replayed()
        for each in self._companion.scan(IDS, size=_PAGE_OF_IDS):
            yield each["key"], each["version"], self._with_replayed(each, replayed.get(each["key"], []))

    def ids_of(self, key: str) -> tuple[int, pa.Table]:
        """Version and ids of one part."""
        found = self._companion.get(f"{IDS}/{key}")
        if found is None:
            raise StoreError(f"The ids of part {key} have vanished; label everything anew with --restart.")
        commit = self._companion.get(f"{COMMIT}/{key}") or {}
        return found["version"], self._with_replayed(found, commit.get("replayed", []))

    def _with_replayed(self, document: dict[str, Any], numbers: Iterable[int]) -> pa.Table:
        table = pa.ipc.open_stream(base64.b64decode(document["ids"])).read_all()
        letters = [self._companion.get(letter_id(document["key"], number)) for number in numbers]
        ids = [letter["tweet_id"] for letter in letters if letter]
        return pa.concat_tables([table, pa.table([ids, [False] * len(ids)], schema=_IDS)])


def _lease(document: dict[str, Any]) -> Lease | None:
    try:
        return msgspec.convert(document["lease"], Lease)
    except (msgspec.ValidationError, KeyError):
        return None


def _counts(document: dict[str, Any]) -> Counts:
    try:
        counts, more = msgspec.convert(document["counts"], Counts), len(document.get("replayed") or ())
        return msgspec.structs.replace(counts, labelled=counts.labelled + more, dead_letters=counts.dead_letters - more)
    except (msgspec.ValidationError, KeyError) as error:
        raise StoreError(f"The commit of part {document.get('key')} is damaged ({error}).") from None


def _id(kind: str, document: dict[str, Any]) -> str:
    return letter_id(document["key"], document["number"]) if kind == LETTER else f"{kind}/{document['key']}"


def key_of(kind: str, name: str) -> str:
    """Id of the document about a tweet or a user of that name, however long that is."""
    key = f"{kind}/{name}"
    return key if len(key.encode()) <= _LONGEST_ID else f"{kind}/{sha256(name.encode()).hexdigest()}"


def letter_id(key: str, number: int) -> str:
    """Id of the dead letter of this number in a part."""
    return f"{LETTER}/{key}/{number:06d}"


def live_letter_id(key: str, number: int) -> str:
    """Id of the dead letter of this number in a batch of a live writer."""
    return f"{LIVE_LETTER}/{key}/{number:06d}"


def taken(letter: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A dead letter that became a document, by its id: kept without its text, and no dead letter any more."""
    id_of = live_letter_id if letter["kind"] == LIVE_LETTER else letter_id
    bare = {name: value for name, value in letter.items() if name not in _TEXTS}
    return id_of(letter["key"], letter["number"]), bare | {"kind": REPLAYED}
