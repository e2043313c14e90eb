"""Bluesky, by Jetstream: posts as they are written, over a WebSocket, without a key."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

from emotion.errors import JobError, UsageError
from emotion.tweets.formats.bluesky import POSTS, read
from emotion.tweets.formats.bluesky import Event as Message
from emotion.tweets.formats.lenient import decode
from emotion.tweets.formats.results import Result
from emotion.tweets.live.interest import Interest
from emotion.tweets.live.source import Cursor, Event, Gap, Item, Quiet, decoded
from emotion.tweets.selection import Selection
from emotion.tweets.tweet import Deletion, Tweet

ENDPOINT = "wss://jetstream2.us-east.bsky.network/subscribe"
OVERLAP = 5_000_000  # microseconds by which a cursor is set back, as the service advises
_QUIET = 2.0  # seconds
_SILENCE = 60.0  # seconds
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0  # seconds before connecting again
_LATE = 60_000_000  # microseconds: the service has forgotten what came between the cursor and its first message
_LARGEST = 4 << 20  # bytes of a message


class Moment(Cursor, frozen=True):
    """The service's own time of the last message, in microseconds since 1970."""

    time_us: int


class Bluesky:
    """Posts in the chosen languages that match the interest, and deletions; a post without a language passes.

    `EMOTION_BLUESKY_URL` or `endpoint` names another Jetstream server. A connection on which nothing comes for
    `silence` seconds is taken for dead. After so many `tries` in a row that brought nothing it is given up.
    """

    name = "bluesky"
    repeats = True

    def __init__(
        self,
        languages: frozenset[str] | None = None,
        interest: Interest | None = None,
        endpoint: str | None = None,
        first_wait: float | None = None,
        silence: float = _SILENCE,
        tries: int | None = None,
    ) -> None:
        self._selection = Selection(languages)
        self._interest = interest
        self._endpoint = endpoint or os.environ.get("EMOTION_BLUESKY_URL") or ENDPOINT
        if not self._endpoint.startswith(("ws://", "wss://")):
            raise UsageError(f"{self._endpoint!r} is no WebSocket address: it must begin with ws:// or wss://.")
        if not _host(self._endpoint):
            raise UsageError(f"{self._endpoint!r} is no WebSocket address: it names no host.")
        self._first_wait = _FIRST_WAIT if first_wait is None else first_wait
        self._tries = tries
        self._silence = silence
        self._closed = threading.Event()
        self._last = 0  # microseconds
        self._resumed = 0  # where the first message of a connection is to go on

    def read(self, cursor: str | None, most: int | None = None) -> Iterator[Item]:
        """Messages after the cursor, or from now on; connects again for ever, or as often as it may try.

        Raises:
            UsageError: the server refuses for good.
            JobError: it does not answer, nor did it in as many tries.
        """
        place = decoded(cursor, Moment)
        self._last = place.time_us if place else 0
        wait, failed = self._first_wait, 0
        while not self._closed.is_set():
            before = self._last
            try:
                yield from self._connection()
            except _refusals() as error:
                yield Quiet(alive=False)
                if _is_final(error):
                    raise UsageError(f"{self._endpoint} refuses the connection: {error}.") from None
                failed = failed + 1 if self._last == before else 1
                if failed == self._tries:
                    raise JobError(f"Bluesky does not answer at {self._endpoint}: {error}.") from None
            wait = self._first_wait if self._last != before else min(wait * 2, _LONGEST_WAIT)
            self._closed.wait(wait)

    def close(self) -> None:
        """End reading."""
        self._closed.set()

    def _connection(self) -> Iterator[Item]:
        """What one connection gives, until it breaks."""
        from websockets.sync.client import connect

        self._resumed = self._last
        with connect(self._address(), max_size=_LARGEST, open_timeout=20, close_timeout=1) as socket:
            heard = time.monotonic()
            while not self._closed.is_set():
                try:
                    message = socket.recv(timeout=min(_QUIET, self._silence))
                except TimeoutError:
                    if time.monotonic() - heard >= self._silence:
                        return
                    yield Quiet(alive=False)
                    continue
                heard = time.monotonic()
                raw = message.encode() if isinstance(message, str) else message
                yield from self._items(raw)

    def _address(self) -> str:
        query: list[tuple[str, str | int]] = [("wantedCollections", POSTS)]
        if self._last:
            query.append(("cursor", self._last - OVERLAP))
        return f"{self._endpoint}{'&' if '?' in self._endpoint else '?'}{urlencode(query)}"

    def _items(self, raw: bytes) -> Iterator[Item]:
        """What a message is to us."""
        message = _message(raw)
        if message is None:
            yield Event(raw, self._cursor())  # becomes a dead letter
            return
        moment = message.time_us if isinstance(message.time_us, int) else 0
        if self._resumed and moment - self._resumed > _LATE:
            yield Gap(self._resumed / 1e6, moment / 1e6, "the service no longer holds what came between")
        self._resumed = 0 if moment else self._resumed
        self._last = max(self._last, moment)
        result = read(message, 1, raw)
        posts = int(isinstance(result, Tweet))  # a deletion is none of those that are asked for
        yield Event(raw, self._cursor(), posts) if self._wants(message, result) else Quiet(self._cursor())

    def _wants(self, message: Message, result: Result) -> bool:
        """Deletions, and posts that match; a post without text is a picture, and matches nothing."""
        if not isinstance(result, Tweet):
            return isinstance(result, Deletion)
        if not self._speaks(message):
            return False
        return self._interest is None or self._interest.matches(result.text, result.hashtags)

    def _speaks(self, message: Message) -> bool:
        post = message.commit and message.commit.record
        spoken = (post and post.langs) or ()
        return not spoken or any(map(self._selection.speaks, spoken))

    def _cursor(self) -> str | None:
        return Moment(self._last).encode() if self._last else None


def _message(raw: bytes) -> Message | None:
    """As archives are read: a field of another kind than it should be costs the field, not the post."""
    try:
        return decode(raw, Message)
    except (ValueError, RecursionError):
        return None


def _refusals() -> tuple[type[Exception], ...]:
    from websockets.exceptions import WebSocketException

    return WebSocketException, OSError, EOFError


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _is_final(error: Exception) -> bool:
    """Whether the server answers that this is no place to ask: 4xx but for too many requests."""
    with suppress(AttributeError):
        status = int(error.response.status_code)  # type: ignore[attr-defined]  # InvalidStatus alone has one
        return 400 <= status < 500 and status not in (408, 420, 425, 429)
    return False
