"""The store in Elasticsearch, as a job writes it: documents by id and external version, a ledger beside them.

`_id` is the tweet's id. A document's version is made of its place: a later start wins over an earlier one, an earlier
part over a later one within a start, and the same part sent again changes nothing. So a part may be sent any number of
times, by anybody, in any order.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from emotion.errors import JobError
from emotion.faults import crash_point
from emotion.stores.dead_letters import entry
from emotion.stores.described import Described, describe
from emotion.stores.elasticsearch import generations
from emotion.stores.elasticsearch.address import Address
from emotion.stores.elasticsearch.bulk import put, send
from emotion.stores.elasticsearch.companion import Companion
from emotion.stores.elasticsearch.connect import explained, meet
from emotion.stores.elasticsearch.finish import finish
from emotion.stores.elasticsearch.graves import Graves, found
from emotion.stores.elasticsearch.ledger import (
    LETTER,
    RUN,
    SINK,
    SINK_FILES,
    LeaseDocument,
    LedgerDocuments,
    TryDocuments,
    letter_id,
)  # fmt: skip
from emotion.stores.elasticsearch.manifest import keep_manifest, manifest_of
from emotion.stores.elasticsearch.pace import Action
from emotion.stores.elasticsearch.replay import Replayed, replay, replay_live
from emotion.stores.elasticsearch.rows import column, first_copies, version_of
from emotion.stores.elasticsearch.session import Session, session
from emotion.stores.elasticsearch.sources import lines
from emotion.stores.keys import key_path
from emotion.stores.lease import hold_at
from emotion.stores.ledger import Commit, Tombstones
from emotion.stores.protocol import FIRST, Check, Held, Progress, Totals, Turn, Written, silent, unchecked
from emotion.tweets.tweet import DeadLetter


class ElasticsearchStore:
    """Labelled tweets behind an alias. Picklable: it holds an address and nothing open."""

    def __init__(self, address: Address, keep_raw: bool = True, generation: int = 1, beside: bool = False) -> None:
        self.address = address
        self._keep_raw = keep_raw
        self._generation = generation
        self._beside = beside
        self._grown: ElasticsearchStore | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("companion", "ledger", "tries")}

    @property
    def name(self) -> str:
        """The address, without secrets."""
        return str(self.address)

    @property
    def key_path(self) -> Path:
        """The file for the secret of hashed ids, on this machine."""
        return key_path(str(self.address))

    @property
    def index(self) -> str:
        """The index of documents."""
        return generations.documents_index(self.address.alias, self._generation)

    @cached_property
    def companion(self) -> Companion:
        """The small documents of the job."""
        return Companion(self._session, generations.companion_index(self.address.alias, self._generation))

    @cached_property
    def ledger(self) -> LedgerDocuments:
        """Which parts are committed."""
        return LedgerDocuments(self.companion)

    @cached_property
    def tries(self) -> TryDocuments:
        """Work that was begun and not ended."""
        return TryDocuments(self.companion)

    @property
    def _session(self) -> Session:
        return session(self.address)

    def recover(self) -> None:
        """Meet the server, find the current generation, and put right what a killed job left."""
        meet(self._session.client, self.address)
        with self.explained():
            numbers = generations.numbers(self._session)
            found = generations.current(self._session)
            self._turn_to(found or 1)
            for number in numbers[:-1] if found else ():  # the last is current, or grows beside
                if number != found:
                    generations.drop(self._session, number)

    def _turn_to(self, generation: int) -> None:
        self._generation = generation
        for name in ("companion", "ledger", "tries"):
            vars(self).pop(name, None)

    def exists(self) -> bool:
        """Whether there is a store, of jobs or of live writers."""
        with self.explained():
            return generations.current(self._session) is not None or self.holds_live()

    def beside(self) -> "ElasticsearchStore":
        """The generation that grows beside this one until it is complete."""
        with self.explained():
            number = generations.beside(self._session, self._generation)
        self._grown = ElasticsearchStore(self.address, self._keep_raw, number, beside=True)
        return self._grown

    def exchange(self) -> None:
        """Put the complete generation that grew beside behind the alias, and remove this one."""
        assert self._grown is not None
        crash_point("before-exchange")
        self._publish(self._grown._generation)
        crash_point("after-exchange")
        generations.drop(self._session, self._generation)

    def drop_beside(self) -> None:
        """Remove what a restart that was cut short left beside this generation."""
        self.beside().discard()

    def discard(self) -> None:
        """Remove the generation that grew beside, and go on with the next number."""
        given_up = self._generation
        if self.companion.exists():
            self._turn_to(generations.beside(self._session, given_up))
            self.companion.create_index(None)  # before the other goes, so that a kill leaves the number taken
            generations.drop(self._session, given_up)

    @contextmanager
    def hold(self, least: int = 1) -> Iterator[Held]:
        """Hold the lease of this generation, as an attempt of at least this number; a JobError where another job does.

        Raises:
            JobError: another job holds it, or has given the generation up since this one looked.
        """
        alias = None if self._beside else generations.companion_alias(self.address.alias)
        self.companion.create_index(alias)
        with hold_at(LeaseDocument(self.companion), least) as held:
            current = generations.current(self._session) or 1
            if self._generation not in (current, generations.beside(self._session, current)):
                raise JobError(f"Another job exchanged the store {self.name} at this moment; say the same again.")
            yield held

    def open(
        self, labels: Sequence[str], profile_labels: Sequence[str], rules: Mapping[str, Any] | None = None
    ) -> None:
        """Make the index, or check that it holds the same labels."""
        wanted = describe(labels, profile_labels, rules)
        generations.create_documents(self._session, self._generation, wanted)

    def describe(self) -> Described | None:
        """What the index says of itself, or None where there is none."""
        return generations.describe(self._session, self._generation)

    def sweep(self) -> None:
        """Forget what a sink committed that did not come to its end; what killed jobs left is written over."""
        kept = self.companion.get(SINK)
        if kept and not kept.get("complete", True):
            self.ledger.forget_files(range(kept["writes"] * SINK_FILES, (kept["writes"] + 1) * SINK_FILES))

    def holds_live(self) -> bool:
        """Whether live writers have written here."""
        return Graves(self._session).companion.exists()

    def live_place(self, source: str) -> tuple[int, int] | None:
        """Live tweets are in no accounts."""

    def manifest(self) -> bytes | None:
        """The job's manifest as it was kept, or None."""
        return manifest_of(self.companion)

    def keep_manifest(self, manifest: bytes) -> None:
        """Keep the job's manifest, whole or not at all."""
        keep_manifest(self.companion, manifest)

    def starts(self) -> int:
        """The number of starts that sinks took among those of jobs."""
        kept = self.companion.get(SINK) if self.companion.exists() else None
        return kept["writes"] + 1 if kept else 0

    def write(
        self, key: str, source: str, documents: pa.Table, dead_letters: Sequence[DeadLetter], turn: Turn = FIRST
    ) -> Written:
        """Send a part's documents; what the server refuses joins the dead letters with its reason.

        All attempts on a generation label with one model, so it does not matter which one sends it.
        """
        version = version_of(turn)
        refused = self._send(documents, version)
        crash_point("part-written")
        letters = [_letter(source, letter, self._keep_raw) for letter in dead_letters]
        letters += self._refused(source, documents, refused, version)
        self.companion.send_letters((letter_id(key, n), letter | _place(key, n)) for n, letter in enumerate(letters))
        kept = documents.filter(pa.array([row not in refused for row in range(len(documents))], pa.bool_()))
        self.ledger.keep_ids(key, version, column(kept, "tweet_id"), column(kept, "folded"))
        return Written(len(kept), len(letters))

    def commit(self, entry: Commit) -> None:
        """Make a written part count."""
        crash_point("before-commit")
        self.ledger.commit(entry)
        crash_point("after-commit")

    def finish(self, *, workers: int, progress: Progress = silent, check: Check = unchecked) -> Totals:
        """Apply the tombstones, correct lines, check the accounts against the index, and put it behind the alias."""
        totals = finish(self._session, self.companion, self.index, progress, check)
        check()
        generations.settle(self._session, self.index)
        if not self._beside:
            self._publish(self._generation)
        return totals

    def replay(self) -> Replayed:
        """Send again what the server refused, of jobs and of live writers; `finish` must follow where jobs wrote."""
        live, found = replay_live(self._session), replay(self._session, self.companion, self.index)
        return Replayed(found.taken + live.taken, found.refused + live.refused, found.records + live.records)

    def bury(self, stones: Tombstones) -> None:
        """Keep away what these name, whoever brings it, and take it out behind the alias, where live tweets are too."""
        graves = Graves(self._session)
        graves.companion.create_index(None)
        graves.bury(Tombstones(tweets=stones.tweets))  # first, as nobody finds retweets by what is gone
        graves.bury(Tombstones(users=stones.users))

    def retweets_of(self, tweets: Sequence[str], users: Sequence[str]) -> list[str]:
        """Ids of the retweets, by whomever, of these tweets and of all that the store holds of these users."""
        named = [*tweets, *found(self._session, "user_id", users)]
        return sorted(set(found(self._session, "retweet_of", named)))

    def keep_run(self, run: dict[str, Any]) -> None:
        """Keep the accounts of the store."""
        self.companion.put(RUN, {"kind": RUN, "run": run})
        self.companion.refresh()

    def explained(self) -> AbstractContextManager[None]:
        """Within it, what the server refuses is told as a StoreError."""
        return explained(self.address)

    def _publish(self, generation: int) -> None:
        """What live writers deleted since the finish is taken out too: they look behind the alias alone."""
        if generations.publish(self._session, generation):
            Graves(self._session).apply()

    def _send(self, documents: pa.Table, version: int) -> dict[int, str]:
        """Send the first copy of each tweet; the rows refused, copies too, with the reason."""
        firsts, codes = first_copies(column(documents, "tweet_id"))
        outcome = send(self._session, self.index, _actions(documents.take(pa.array(firsts)), version))
        reasons = {int(codes[firsts[row]]): reason for row, reason in outcome.refused.items()}
        return {row: reasons[int(code)] for row, code in enumerate(codes) if int(code) in reasons} if reasons else {}

    def _refused(
        self, source: str, documents: pa.Table, refused: Mapping[int, str], version: int
    ) -> Iterator[dict[str, Any]]:
        """Dead letters of documents, with all that it takes to send them again, unless text must not be kept."""
        if not refused:
            return
        rows = sorted(refused)
        there = documents.take(pa.array(rows))
        for row, line, (id, body) in zip(rows, there["line"].to_pylist(), lines(there), strict=True):
            letter = _letter(source, DeadLetter(line, refused[row], body), self._keep_raw)
            more = {"tweet_id": id, "version": version, "document": body.decode()}
            yield letter | (more if self._keep_raw else {})


def _actions(documents: pa.Table, version: int) -> Iterator[Action]:
    return (put(row, id, source, version) for row, (id, source) in enumerate(lines(documents)))


def _letter(source: str, letter: DeadLetter, keep_raw: bool) -> dict[str, Any]:
    return entry(source, letter, keep_raw) | {"in_split": letter.line}


def _place(key: str, number: int) -> dict[str, Any]:
    return {"kind": LETTER, "key": key, "number": number}
