"""What a store is to its users: jobs write to a `Store`, questions go to `Queries`, crawlers write to a `LiveStore`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from emotion.errors import StoreError
from emotion.stores.answers import (
    Bucket,
    Filter,
    Found,
    Gap,
    Hit,
    Kind,
    Peak,
    Period,
    Rhythm,
    Sample,
    SignificantTerm,
    Summary,
    Term,
)  # fmt: skip
from emotion.stores.described import Described
from emotion.stores.ledger import Commit, Counts, Done, Tombstones
from emotion.tweets.tweet import DeadLetter

if TYPE_CHECKING:
    import pyarrow as pa

    from emotion.stores.live.batch import Labelled

EVERY = Filter()
Progress = Callable[[float], None]  # told the share that is done, 0 to 1
Check = Callable[[], None]  # raises where this process may not go on


def silent(_: float) -> None:
    """Progress that nobody watches."""


def unchecked() -> None:
    """Whether this process may go on, where nobody could take over."""


@dataclass(frozen=True, slots=True)
class Haste:
    """Of who waits for an answer and no longer: seconds that a server may take for one request, and `given_up`."""

    seconds: float
    given_up: Event = field(default_factory=Event)

    def check(self) -> None:
        """Whether anybody waits still.

        Raises:
            StoreError: nobody does.
        """
        if self.given_up.is_set():
            raise StoreError("Nobody waits for the answer any more.")


@dataclass(frozen=True, slots=True)
class Written:
    """Counts of what a store took: documents, and dead letters with those that it refused itself."""

    documents: int
    dead_letters: int


class Turn(NamedTuple):
    """Where a part stands among all: the number of its start, of its split in that start, of the part in that split.

    Of two copies of a tweet in one start, the one with the earlier turn stays.
    """

    start: int = 0
    split: int = 0
    part: int = 0


FIRST = Turn()


class Totals(Protocol):
    """What a finished store came to: documents = labelled - duplicates - removed."""

    @property
    def documents(self) -> int: ...
    @property
    def duplicates(self) -> int: ...
    @property
    def removed(self) -> int: ...


class Held(Protocol):
    """The lease of a store, held: the attempt's number, from 1."""

    @property
    def attempt(self) -> int: ...
    def check(self) -> None:
        """Raise a JobError where another job has taken the lease over."""


class Ledger(Protocol):
    """Which parts are committed, with their counts."""

    def progress(self) -> Done:
        """How far each split is, by file and split."""

    def has(self, key: str) -> bool:
        """Whether the part is committed and not yet finished."""

    def forget(self, file: int) -> None:
        """Take back the parts of a file that are not finished."""

    def pending_keys(self) -> list[str]:
        """Keys of the parts that are committed and not yet finished."""

    def unseen(self, seen: set[str]) -> Iterator[Counts]:
        """Counts of the pending parts whose keys are not in `seen`, which takes them in."""

    def finished(self) -> list[Counts]:
        """Counts of finished parts, in manifest order."""


class Tries(Protocol):
    """How often pieces of work were begun and not ended, kept where it outlives a worker."""

    def begun(self, key: str) -> int: ...
    def begin(self, key: str, times: int) -> None: ...
    def end(self, key: str) -> None: ...
    def forget(self) -> None: ...


class Store(Protocol):
    """Labelled tweets as a job writes them, with the ledger of that job. Picklable: it holds nothing open.

    A part is written and then committed; the same key with the same content has no further effect, and a part counts
    only once it is committed. After a kill at any place the same calls go on and end with the same store.
    """

    @property
    def name(self) -> str:
        """As a user names it."""

    @property
    def key_path(self) -> Path:
        """The file for the secret of hashed ids: near the store, not in it."""

    @property
    def ledger(self) -> Ledger: ...
    @property
    def tries(self) -> Tries: ...
    def recover(self) -> None:
        """Go on with an exchange for the store beside that was cut short."""

    def exists(self) -> bool:
        """Whether something is there already."""

    def beside(self) -> "Store":
        """The store that grows beside this one, to take its place when it is complete."""

    def exchange(self) -> None:
        """Put the complete store that grew beside in the place of this one."""

    def discard(self) -> None:
        """Remove a store that grew beside and was given up; no late worker of it reaches what grows there next."""

    def drop_beside(self) -> None:
        """Remove what a restart that was cut short left beside this store; for who holds the lease of this one."""

    def hold(self, least: int = 1) -> AbstractContextManager[Held]:
        """Hold the lease as an attempt of at least this number; a JobError where another live job does."""

    def open(
        self, labels: Sequence[str], profile_labels: Sequence[str], rules: Mapping[str, Any] | None = None
    ) -> None:
        """Make the store, or raise a StoreError where it holds another label set."""

    def describe(self) -> Described | None:
        """What the store says of itself, or None where there is none."""

    def sweep(self) -> None:
        """Remove what killed writers left; for who holds the lease."""

    def holds_live(self) -> bool:
        """Whether live writers have written here, or may have."""

    def live_place(self, source: str) -> tuple[int, int] | None:
        """The file and split of the next batch of a live source; None where no accounts hold live tweets."""

    def bury(self, stones: Tombstones) -> None:
        """Keep what these name away from live writers, where those do not heed what jobs commit."""

    def retweets_of(self, tweets: Sequence[str], users: Sequence[str]) -> list[str]:
        """Ids of the retweets that the store holds of these tweets, and of all that it holds of these users."""

    def manifest(self) -> bytes | None:
        """The job's manifest as it was kept, or None."""

    def keep_manifest(self, manifest: bytes) -> None:
        """Keep the job's manifest, whole or not at all."""

    def starts(self) -> int:
        """The least number for a job's next start: lower ones were given to what others wrote meanwhile."""

    def write(
        self, key: str, source: str, documents: "pa.Table", dead_letters: Sequence[DeadLetter], turn: Turn = FIRST
    ) -> Written:
        """Write a part of `part_schema`, as a worker of the attempt that held the store when it was handed on."""

    def commit(self, entry: Commit) -> None:
        """Make a written part count."""

    def finish(self, *, workers: int, progress: Progress = silent, check: Check = unchecked) -> Totals:
        """Put the store in order once every part of the manifest is committed; a JobError where it does not balance."""

    def keep_run(self, run: dict[str, Any]) -> None:
        """Keep the accounts of the store."""

    def explained(self) -> AbstractContextManager[None]:
        """Within it, what the store's disk or server refuses is told as a StoreError."""


class Queries(Protocol):
    """Answers about the tweets of a store; the same whatever store answers."""

    labels: tuple[str, ...]
    profile_labels: tuple[str, ...]
    emotions: tuple[str, ...]
    unfinished: bool

    @property
    def name(self) -> str:
        """The store as a user names it."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *failure: object) -> None: ...
    def give_up(self) -> None:
        """End what is asked, with a StoreError; for another thread, which says it again until it has ended."""

    def checked(self, filter: Filter) -> Filter:
        """The filter as the store spells it; a UsageError where it asks for what no tweet can hold."""

    def summary(self, filter: Filter = EVERY) -> Summary: ...
    def timeline(self, by: Period = "day", filter: Filter = EVERY) -> list[Bucket]: ...
    def peaks(self, filter: Filter = EVERY) -> list[Peak]: ...
    def rhythm(self, filter: Filter = EVERY) -> Rhythm: ...
    def gaps(self, filter: Filter = EVERY) -> list[Gap]: ...
    def top(self, kind: Kind, filter: Filter = EVERY, limit: int = 20) -> list[Term]: ...
    def top_by_emotion(self, kind: Kind, filter: Filter = EVERY, limit: int = 10) -> dict[str, list[Term]]: ...
    def significant(self, kind: Kind, filter: Filter = EVERY, limit: int = 10) -> dict[str, list[SignificantTerm]]: ...
    def search(self, query: str = "", filter: Filter = EVERY, limit: int = 20) -> Found: ...
    def examples(self, filter: Filter = EVERY, limit: int = 3) -> dict[str, list[Hit]]: ...
    def documents(
        self, filter: Filter = EVERY, columns: Sequence[str] | None = None, sample: Sample | None = None
    ) -> "pa.RecordBatchReader":
        """Whole documents, or these columns and `counted` of them, in batches."""

    @property
    def run(self) -> dict[str, Any] | None:
        """The accounts of the last job, or None before one has come to its end."""


class LiveStore(Protocol):
    """A store as a crawler or the API writes to it, batch by batch."""

    def write(self, source: str, sequence: int, batch: "Labelled") -> Written:
        """Write a batch; returns when it is durable. The same records under the same number have no new effect.

        Raises:
            NumberTaken: the store holds other records under that number.
        """

    def close(self) -> None:
        """Let go of the store; everything written is durable already."""
