"""The filtered stream by tweepy's client, whose callbacks become signals in a queue."""

import queue
import threading
import time
from typing import Any

import msgspec
import requests
import tweepy

from emotion.errors import EmotionError, JobError
from emotion.tweets.live.x.access import Access, refusal, until_reset
from emotion.tweets.live.x.budget import Budget
from emotion.tweets.live.x.fields import asked

WAITING = 10_000  # signals, while a gap is filled for example; when there are as many, reading waits
_BRIEF = 1.0  # seconds: a connection that ends sooner than that is not made again at once
_TWEEPYS_WAIT = 60.0  # seconds that tweepy waits by itself after the first answer that says too many requests
_STEP, _LONGEST = 0.25, 16.0


class Data(msgspec.Struct, frozen=True):
    """A line of the stream."""

    raw: bytes
    at: float


class Alive(msgspec.Struct, frozen=True):
    """A sign of life."""

    at: float


class Connected(msgspec.Struct, frozen=True):
    """The stream was opened."""

    at: float


class Lost(msgspec.Struct, frozen=True):
    """The stream broke off, or could not be opened; tweepy goes on trying."""

    at: float
    reason: str


class Ended(msgspec.Struct, frozen=True):
    """Nothing more will come, because of `error` if there is one."""

    error: EmotionError | None = None


Signal = Data | Alive | Connected | Lost | Ended


class Stream(tweepy.StreamingClient):  # type: ignore[misc]  # tweepy has no types
    """One connection after the other, with the waits that X asks for: at once after a stream that ended, 0.25 s more
    each time for the network, 5 s doubled for HTTP, a minute doubled (or until the limit is lifted) for 420 and 429.

    It ends with the budget."""

    def __init__(self, access: Access, budget: Budget | None = None) -> None:
        super().__init__(access.token, return_type=dict, daemon=True)
        access.direct(self.session)
        self.session.hooks["response"].append(self._remember)
        self.signals: queue.Queue[Signal] = queue.Queue(WAITING)
        self._budget = budget or Budget(None)
        self._closed = threading.Event()
        self._response: requests.Response | None = None
        self._said = ""
        self._opened = 0.0
        self._brief = 0

    def start(self) -> None:
        """Connect in a thread of its own."""
        self.filter(threaded=True, **asked())

    def close(self) -> None:
        """End soon; what is in the queue stays."""
        self._closed.set()
        self.disconnect()

    def on_connect(self) -> None:
        """A connection stands."""
        self._opened, self._said = time.time(), ""
        self._put(Connected(self._opened))

    def on_data(self, raw_data: bytes) -> None:
        """A post, or a message that says why the connection will end."""
        said = disconnect_message(raw_data)
        if said is not None:
            self._said = said
            return
        self._put(Data(raw_data, time.time()))
        self._budget.pay(1)
        if self._budget.is_spent:
            self.disconnect()

    def on_keep_alive(self) -> None:
        """Every 20 seconds."""
        self._put(Alive(time.time()))

    def on_closed(self, response: requests.Response) -> None:
        """X ended the connection; the next one is made at once, unless this one was short."""
        self._put(Lost(time.time(), self._said or "X closed the connection"))
        self._brief = self._brief + 1 if time.time() - self._opened < _BRIEF else 0
        self._closed.wait(min(self._brief * _STEP, _LONGEST))

    def on_connection_error(self) -> None:
        """The network broke, or too many seconds passed without a sign of life."""
        self._put(Lost(time.time(), self._said or "the connection broke"))

    def on_request_error(self, status_code: int) -> None:
        """X does not open the stream."""
        if 400 <= status_code < 500 and status_code not in (408, 409, 420, 425, 429):
            self._put(Ended(refusal(status_code, self._told())))
            self.disconnect()
            return
        self._put(Lost(time.time(), f"X answered {status_code}"))
        if status_code in (420, 429) and self._response is not None:
            self._closed.wait(until_reset(self._response, 0.0) - _TWEEPYS_WAIT)

    def on_exception(self, exception: Exception) -> None:
        """A fault that tweepy does not wait out."""
        said = f"{type(exception).__name__}: {exception}"
        self._put(Ended(JobError(f"The stream of X failed ({said}); say the same again to go on.")))

    def on_disconnect(self) -> None:
        """The thread ends."""
        self._put(Ended())

    def _remember(self, response: requests.Response, **_: Any) -> None:
        self._response = response

    def _told(self) -> str:
        return "" if self._response is None else self._response.text[:500]

    def _put(self, signal: Signal) -> None:
        while not self._closed.is_set():
            try:
                self.signals.put(signal, timeout=0.5)
                return
            except queue.Full:
                continue


class _Message(msgspec.Struct):
    data: msgspec.Raw = msgspec.Raw()
    errors: list[dict[str, Any]] = []


def disconnect_message(raw: bytes) -> str | None:
    """Why the connection will end, where a line says so; None for all other lines."""
    if b'"errors"' not in raw:
        return None
    try:
        message = msgspec.json.decode(raw, type=_Message)
    except (ValueError, RecursionError):
        return None
    if bytes(message.data) or not message.errors:
        return None
    first = message.errors[0]
    return str(first.get("title") or first.get("disconnect_type") or "disconnected")
