"""The companion index of a store, `<alias>-job-000001` behind `<alias>-job`: lease, manifest, ledger, dead letters.

Each document has a `kind`; most have the `key` of a part and a `number` in it, by which they are read in order. The
rest is kept and not searched.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import orjson

from emotion.errors import StoreError
from emotion.stores.elasticsearch.bulk import Outcome, send
from emotion.stores.elasticsearch.mapping import priority
from emotion.stores.elasticsearch.pace import Action
from emotion.stores.elasticsearch.paging import Json, count, refresh, scan
from emotion.stores.elasticsearch.patience import patiently
from emotion.stores.elasticsearch.session import Session

_MAPPING = {
    "dynamic": False,
    "properties": {
        "kind": {"type": "keyword"},
        "key": {"type": "keyword"},
        "number": {"type": "long"},
        "tweet_id": {"type": "keyword", "ignore_above": 8191},
    },
}
_MISSING = 404
Answer = TypeVar("Answer")


class Conflict(Exception):
    """A document was not as it should be when it was written."""


class Companion:
    """Small documents by id."""

    def __init__(self, session: Session, index: str) -> None:
        self.session = session
        self.index = index

    def create_index(self, alias: str | None) -> None:
        """Make the index, with its alias at once, unless it is there."""
        from elasticsearch import BadRequestError

        # A write to a companion that was removed must fail, not make another without its mapping.
        store = self.session.address.alias
        name = f"{store}-job"
        self._ask(
            lambda: self.session.client.indices.put_index_template(
                name=name, index_patterns=[f"{name}-*"], priority=priority(store) + 1, allow_auto_create=False
            )
        )
        aliases: dict[str, Json] | None = {alias: {}} if alias else None
        settings = {"index": {"auto_expand_replicas": "0-1"}}
        try:
            self._ask(
                lambda: self.session.client.indices.create(
                    index=self.index, mappings=_MAPPING, aliases=aliases, settings=settings
                )
            )
        except BadRequestError as error:
            if "resource_already_exists_exception" not in str(error):
                raise

    def exists(self) -> bool:
        """Whether the index is there."""
        return bool(self._ask(lambda: self.session.client.indices.exists(index=self.index)))

    def get(self, id: str) -> Json | None:
        """A document, as it was written last."""
        found = self.get_versioned(id)
        return found[0] if found else None

    def get_versioned(self, id: str) -> tuple[Json, int, int] | None:
        """A document with its sequence number and primary term."""
        from elasticsearch import NotFoundError

        try:
            found = self._ask(lambda: self.session.client.get(index=self.index, id=id))
        except NotFoundError:
            return None
        return found["_source"], found["_seq_no"], found["_primary_term"]

    def put(self, id: str, document: Json) -> None:
        """Write a document, over another if there is one."""
        self._ask(lambda: self.session.client.index(index=self.index, id=id, document=document))

    def create(self, id: str, document: Json) -> bool:
        """Write a document that is not there; whether it was not."""
        from elasticsearch import ConflictError

        try:
            self._ask(lambda: self.session.client.create(index=self.index, id=id, document=document))
        except ConflictError:
            return False
        return True

    def replace(self, id: str, document: Json, seen: tuple[int, int]) -> None:
        """Write over a document that is still as it was seen.

        Raises:
            Conflict: it is not, and it is not this one either.
        """
        from elasticsearch import ConflictError

        try:
            self._ask(
                lambda: self.session.client.index(
                    index=self.index, id=id, document=document, if_seq_no=seen[0], if_primary_term=seen[1]
                )
            )
        except ConflictError:
            if self.get(id) != document:  # an answer that was lost may have been a success
                raise Conflict from None

    def delete(self, id: str) -> None:
        """Remove a document, if it is there."""
        self._ask(lambda: self.session.client.options(ignore_status=_MISSING).delete(index=self.index, id=id))

    def send(self, documents: Iterable[tuple[str, Json | None]]) -> None:
        """Write many documents by id; one that is None is removed.

        Raises:
            StoreError: the server refuses one of them.
        """
        self._check(self._sent(documents))

    def add(self, documents: Iterable[tuple[str, Json | None]]) -> int:
        """Write those of many documents that are not there, and remove those that are None; how many were there.

        Raises:
            StoreError: the server refuses one of them.
        """
        outcome = self._sent(documents, over=False)
        self._check(outcome)
        return outcome.unchanged

    def send_letters(self, letters: Iterable[tuple[str, Json]], over: bool = True) -> None:
        """Write dead letters by id, unless `over` only those that are not there.

        One that is too large goes without its document, or without its text too.

        Raises:
            StoreError: the server refuses one of them even so.
        """
        rest = list(letters)
        for left_out in (("document",), ("document", "raw", "encoding")):
            refused = self._sent(rest, over).refused
            if not refused:
                return
            rest = [(id, _without(letter, left_out)) for row, (id, letter) in enumerate(rest) if row in refused]
        self._check(self._sent(rest, over))

    def _sent(self, documents: Iterable[tuple[str, Json | None]], over: bool = True) -> Outcome:
        """What became of them; their rows are their places."""
        return send(self.session, self.index, (_action(row, *each, over) for row, each in enumerate(documents)))

    def _check(self, outcome: Outcome) -> None:
        for reason in outcome.refused.values():
            raise StoreError(f"The index {self.index} does not take what the job must keep: {reason}.")

    def refresh(self) -> None:
        """Make everything written so far be found by `scan` and `count`."""
        refresh(self.session, self.index)

    def count(self, kind: str) -> int:
        """Documents of a kind."""
        return count(self.session, self.index, _of(kind))

    def scan(
        self,
        kind: str,
        only: Sequence[str] | None = None,
        size: int = 1000,
        key: str | None = None,
        after: str | None = None,
    ) -> Iterator[Json]:
        """Documents of a kind, or of one key or those after one, by key and number, with `only` these fields."""
        sort = [{"key": "asc"}, {"number": "asc"}, {"tweet_id": "asc"}]
        for hit in scan(self.session, self.index, _of(kind, key, after), sort, size, list(only) if only else None):
            yield hit["_source"]

    def _ask(self, call: Callable[[], Answer]) -> Answer:
        return patiently(self.session.patience(), call)


def _of(kind: str, key: str | None = None, after: str | None = None) -> Json:
    wanted: list[Json] = [{"term": {"kind": kind}}]
    wanted += [] if key is None else [{"term": {"key": key}}]
    wanted += [{"range": {"key": {"gt": after}}}] if after else []
    return {"bool": {"filter": wanted}}


def _without(letter: Json, names: Sequence[str]) -> Json:
    length = {"length": len(letter["raw"])} if "raw" in names and "raw" in letter else {}
    return {name: value for name, value in letter.items() if name not in names} | length


def _action(row: int, id: str, document: Json | None, over: bool) -> Action:
    if document is None:
        return Action(row, orjson.dumps({"delete": {"_id": id}}) + b"\n")
    head = {"index" if over else "create": {"_id": id}}
    return Action(row, b"%b\n%b\n" % (orjson.dumps(head), orjson.dumps(document)))
