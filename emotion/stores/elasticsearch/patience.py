"""Patience with a server that is busy, away or starting again; a sentence where it lasts too long."""

import os
import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from emotion.errors import StoreError, UsageError
from emotion.stores.elasticsearch.address import Address

AGAIN = (429, 502, 503, 504)  # answers of a server that may do it later
_FIRST, _LONGEST = 0.1, 20.0  # seconds between two tries
_SECONDS = 300.0  # without any progress
Answer = TypeVar("Answer")


def patience_seconds() -> float:
    """How long to try again without any progress: EMOTION_ES_PATIENCE, else five minutes."""
    said = os.environ.get("EMOTION_ES_PATIENCE")
    try:
        return float(said) if said else _SECONDS
    except ValueError:
        raise UsageError(f"EMOTION_ES_PATIENCE is {said!r}; write a number of seconds.") from None


class Patience:
    """Pauses between tries: each about twice as long as the one before, with jitter, so that workers spread out."""

    def __init__(self, address: Address, seconds: float, stopped: threading.Event | None = None) -> None:
        self._address = address
        self._seconds = seconds
        self._stopped = stopped or threading.Event()
        self.progress()

    def progress(self) -> None:
        """Something was done: patience begins anew."""
        self._pause, self._since = _FIRST, time.monotonic()

    def pause(self, why: str) -> None:
        """Wait before the next try.

        Raises:
            StoreError: it has lasted too long, or the others have stopped.
        """
        if time.monotonic() - self._since > self._seconds:
            raise StoreError(
                f"The server {self._address.url or 'of the cloud id'} took nothing for {self._seconds:.0f} s: {why}. "
                "What was committed is kept: say the same again to go on."
            )
        if self._stopped.wait(self._pause * random.uniform(0.5, 1.0)):
            server = self._address.url or "of the cloud id"
            raise StoreError(f"The server {server} was not asked again, as others have stopped: {why}.")
        self._pause = min(2 * self._pause, _LONGEST)


def patiently(patience: Patience, call: Callable[[], Answer]) -> Answer:
    """What a call to the server gives, tried again where that may help; it must be one that can be repeated."""
    from elasticsearch import ApiError, ConnectionError, ConnectionTimeout

    while True:
        try:
            return call()
        except ApiError as error:
            if error.meta.status not in AGAIN:
                raise
            patience.pause(why(error))
        except (ConnectionError, ConnectionTimeout) as error:
            if type(error).__name__ == "TlsError":
                raise
            patience.pause(why(error))


def why(error: Exception) -> str:
    """What is wrong, in a few words."""
    from elasticsearch import ApiError, ConnectionTimeout

    from emotion.stores.elasticsearch.connect import reason

    if isinstance(error, ApiError):
        return f"it answered {error.meta.status}, {reason(error)}"
    return "it did not answer in time" if isinstance(error, ConnectionTimeout) else "nothing answers there"
