"""The embedded store: a directory of Parquet files, and its job's ledger under `_job/`."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from emotion.errors import StoreError
from emotion.faults import crash_point
from emotion.stores.columns import write_options
from emotion.stores.dead_letters import write_dead_letters
from emotion.stores.files import TEMPORARY, whole, write_json, write_whole
from emotion.stores.lease import Held, hold
from emotion.stores.ledger import Commit, Ledger
from emotion.tweets.tweet import DeadLetter

VERSION = 1


@dataclass(frozen=True, slots=True)
class Written:
    """Counts read back from what was written."""

    documents: int
    dead_letters: int


class DirectoryStore:
    """Labelled tweets in a directory. Picklable: it holds paths and nothing open."""

    def __init__(self, root: Path, keep_raw: bool = True) -> None:
        self.root = root
        self.job = root / "_job"
        self.ledger = Ledger(self.job)
        self._keep_raw = keep_raw

    def open(
        self, labels: Sequence[str], profile_labels: Sequence[str], rules: Mapping[str, Any] | None = None
    ) -> None:
        """Make the store, or check that this one holds the same labels; `rules` are its cleaning, kept for queries.

        Raises:
            StoreError: the directory is something else, or holds another label set.
        """
        described = self.describe()
        wanted = {"version": VERSION, "labels": list(labels), "profile_labels": list(profile_labels)}
        if described is None:
            self.refuse_foreign()
            self._make(wanted | ({"rules": dict(rules)} if rules is not None else {}))
        elif {name: described.get(name) for name in wanted} != wanted:
            raise StoreError(
                f"The store {self.root} holds the labels {', '.join(described['labels'])}; this model gives "
                f"{', '.join(labels)}. A store holds one label set: choose another directory, or --restart."
            )
        self.ledger.create()

    def _make(self, described: dict[str, Any]) -> None:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            write_json(self.root / "store.json", described)
        except OSError as error:
            raise StoreError(f"The store {self.root} cannot be made: {error.strerror}.") from None

    def describe(self) -> dict[str, Any] | None:
        """What `store.json` says, or None where there is no store."""
        try:
            described = orjson.loads((self.root / "store.json").read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return None
        except orjson.JSONDecodeError:
            described = None
        if not isinstance(described, dict) or not isinstance(described.get("labels"), list):
            raise StoreError(f"The file {self.root / 'store.json'} is damaged: it does not describe a store.")
        return described

    def refuse_foreign(self) -> None:
        """Refuse a directory that holds something else.

        Raises:
            StoreError: it does.
        """
        if self.root.exists() and (not self.root.is_dir() or any(map(_is_foreign, self.root.iterdir()))):
            raise StoreError(f"{self.root} exists and is not a store; give --to a new or empty directory.")

    def manifest(self) -> bytes | None:
        """The job's manifest as it was kept, or None."""
        path = self.job / "manifest.json"
        return path.read_bytes() if path.exists() else None

    def keep_manifest(self, manifest: bytes) -> None:
        """Keep the job's manifest, whole or not at all."""
        self.job.mkdir(parents=True, exist_ok=True)
        write_whole(self.job / "manifest.json", manifest)

    def hold(self) -> AbstractContextManager[Held]:
        """Hold the store's lease."""
        return hold(self.job)

    def write(self, key: str, source: str, documents: pa.Table, dead_letters: Sequence[DeadLetter]) -> Written:
        """Write a part; the same key with the same content has no further effect. It counts once it is committed."""
        parts = self.ledger.parts
        dead = 0
        if dead_letters:
            dead = write_dead_letters(parts / f"{key}.dead.jsonl", source, dead_letters, self._keep_raw)
        path = parts / f"{key}.parquet"
        with whole(path) as temporary:
            pq.write_table(documents, temporary, **write_options())
            crash_point("part-written")
        return Written(pq.read_metadata(path).num_rows, dead)

    def commit(self, entry: Commit) -> None:
        """Make a written part count."""
        crash_point("before-commit")
        self.ledger.commit(entry)
        crash_point("after-commit")

    def keep_run(self, run: dict[str, Any]) -> None:
        """Keep the accounts of the store as `run.json`."""
        write_json(self.root / "run.json", run)


def _is_foreign(path: Path) -> bool:
    """Whether no store that is being made would hold it."""
    return path.name != "_job" and not (path.name.startswith(".store.json.") and path.name.endswith(TEMPORARY))
