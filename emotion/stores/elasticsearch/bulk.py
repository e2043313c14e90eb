"""Documents into an index by bulk requests, several in flight, each document answered for.

What the server rejects as too much is sent again, and only that; what it refuses for good is told by row with the
server's reason; what concerns all of it stops the job. A request may be repeated: external versions see to that. Only
what is made where it is not there may then be found there, though it is its own.
"""

import re
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import orjson

from emotion.errors import StoreError, StoreRefusal
from emotion.faults import crash_point
from emotion.stores.elasticsearch.pace import MOST_IN_FLIGHT, Action
from emotion.stores.elasticsearch.patience import AGAIN, Patience, why
from emotion.stores.elasticsearch.session import Session

_ANSWER = "errors,items.*.status,items.*.result,items.*.error"  # all that is read of an answer
_OF_ALL = {"index_closed_exception", "cluster_block_exception"}  # no fault of the one document
_DENIED = "security_exception"
_LARGE = 413
_REFUSED = (400, _LARGE)
_LONG_WORD = re.compile(r"(\S{40})\S{80,}")  # of an id or a value, which the server repeats


@dataclass(slots=True)
class Outcome:
    """What became of the actions: sent = created + updated + unchanged + refused, and deleted + missing of deletes."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0  # this version, or a better one, was there already
    deleted: int = 0
    missing: int = 0
    refused: dict[int, str] = field(default_factory=dict)  # reason by row

    def add(self, other: "Outcome") -> None:
        """Take another outcome in."""
        for name in ("created", "updated", "unchanged", "deleted", "missing"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.refused |= other.refused

    @property
    def answered(self) -> int:
        """Actions that came to an end."""
        return self.created + self.updated + self.unchanged + self.deleted + self.missing + len(self.refused)


def put(row: int, id: str, source: bytes, version: int) -> Action:
    """Index a document unless this version of it, or a higher one, is there."""
    head = orjson.dumps({"index": {"_id": id, "version": version, "version_type": "external"}})
    return Action(row, b"%b\n%b\n" % (head, source))


def remove(row: int, id: str, index: str | None = None) -> Action:
    """Delete a document, if it is there."""
    return Action(row, orjson.dumps({"delete": {"_id": id} | ({"_index": index} if index else {})}) + b"\n")


def send(session: Session, index: str, actions: Iterable[Action]) -> Outcome:
    """Send all actions to an index; returns when each is answered.

    Raises:
        StoreError: the server cannot take them at all, or did not for too long.
    """
    outcome, stopped, sent = Outcome(), threading.Event(), 0
    running: set[Future[Outcome]] = set()
    with ThreadPoolExecutor(MOST_IN_FLIGHT, "bulk") as pool:
        try:
            for chunk in session.pace.chunks(actions):
                while len(running) >= session.pace.window:
                    running = _collect(running, outcome)
                running.add(pool.submit(_deliver, session, index, chunk, session.patience(stopped)))
                sent += len(chunk)
            while running:
                running = _collect(running, outcome)
        except BaseException:
            stopped.set()
            raise
    if outcome.answered != sent:
        raise StoreError(f"Of {sent} documents sent to {index}, {outcome.answered} were answered; say the same again.")
    return outcome


def _collect(running: set[Future[Outcome]], outcome: Outcome) -> set[Future[Outcome]]:
    """Take in the requests that have ended; the others."""
    ended, going = wait(running, return_when=FIRST_COMPLETED)
    for future in ended:
        outcome.add(future.result())
        crash_point("bulk-answered")
    return going


def _deliver(session: Session, index: str, chunk: list[Action], patience: Patience) -> Outcome:
    """Send a chunk until each of it is answered; what is sent again goes in requests of the size that passes now."""
    from elasticsearch import ApiError, ConnectionError, ConnectionTimeout

    outcome, waiting = Outcome(), [chunk]
    while waiting:
        chunk = waiting.pop()
        began = time.monotonic()
        try:
            answer = _request(session, index, chunk)
        except ApiError as error:
            if error.meta.status in _REFUSED:
                waiting += _smaller(session, chunk, error, outcome)
                continue
            if error.meta.status not in AGAIN:
                raise
            rest, reason = chunk, why(error)
        except (ConnectionError, ConnectionTimeout) as error:
            rest, reason = chunk, why(error)
        else:
            rest, reason = _take(outcome, chunk, answer["items"], index)
        session.pace.saw(time.monotonic() - began, bool(rest))
        if len(rest) < len(chunk):
            patience.progress()
        if rest:
            patience.pause(reason)
            waiting += session.pace.chunks(rest)
    return outcome


def _request(session: Session, index: str, chunk: Sequence[Action]) -> Any:
    body = b"".join(action.lines for action in chunk)
    return session.client.bulk(index=index, operations=[body], filter_path=_ANSWER)  # type: ignore[list-item]  # bytes pass


def _smaller(session: Session, chunk: list[Action], error: Any, outcome: Outcome) -> list[list[Action]]:
    """Smaller requests for one that is refused as a whole, down to the document for which it is."""
    if len(chunk) == 1:
        told = error.body.get("error") if isinstance(error.body, dict) else None
        said = _said(told) if isinstance(told, Mapping) else str(error)
        outcome.refused[chunk[0].row] = f"the server refuses it: {said}"
        return []
    if error.meta.status == _LARGE:
        session.pace.refused(sum(len(action.lines) for action in chunk))
    parts = list(session.pace.chunks(chunk))
    middle = len(chunk) // 2
    return parts if len(parts) > 1 else [chunk[:middle], chunk[middle:]]


def _take(
    outcome: Outcome, chunk: Sequence[Action], items: Sequence[Mapping[str, Any]], index: str
) -> tuple[list[Action], str]:
    """Count what is answered for good; gives what must be sent again, and why."""
    again: list[Action] = []
    reason = ""
    for action, item in zip(chunk, items, strict=True):
        answer = next(iter(item.values()))
        status, error = answer["status"], answer.get("error")
        if error is None:
            _count(outcome, answer["result"])
        elif status == 409:
            outcome.unchanged += 1
        elif status in AGAIN:
            again.append(action)
            reason = f"it rejects documents, {_said(error)}"
        elif status in _REFUSED and error.get("type") not in _OF_ALL:
            outcome.refused[action.row] = f"the server refuses it: {_said(error)}"
        else:
            kind = StoreRefusal if error.get("type") == _DENIED else StoreError
            raise kind(
                f"The index {index} takes no documents ({status}): {_said(error)}. What was committed is kept: "
                "mend the index and say the same again to go on."
            )
    return again, reason


def _count(outcome: Outcome, result: str) -> None:
    name = {"not_found": "missing", "noop": "unchanged"}.get(result, result)
    setattr(outcome, name, getattr(outcome, name) + 1)


def _said(error: Mapping[str, Any]) -> str:
    """The reason and its innermost cause."""
    told, cause = str(error.get("reason") or error.get("type")), error.get("caused_by")
    while isinstance(cause, Mapping):
        inner = str(cause.get("reason") or cause.get("type"))
        told = told if inner in told else f"{told}: {inner}"
        cause = cause.get("caused_by")
    return _LONG_WORD.sub(r"\1…", told)[:1000].rstrip(".")
