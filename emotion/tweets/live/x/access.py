"""How X's API is reached: address and token from the environment, patience, and what its errors mean."""

import itertools
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
import tweepy
from requests.adapters import HTTPAdapter

from emotion.errors import EmotionError, JobError, UsageError
from emotion.secret import token as secret_token

BASE = "https://api.x.com"
_TWEEPYS = "https://api.twitter.com"
_TOKEN = "X_BEARER_TOKEN"
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds between tries after a fault of the server or of the network
SILENCE = 21.0  # seconds: X gives a sign of life every 20
_TRIES = 3  # where somebody waits for the answer
_LONGEST_RESET = 901.0  # seconds: rate limits go by windows of 15 minutes
T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """An address and a bearer token; its text never shows the token.

    A connection on which nothing comes for `silence` seconds is taken for dead.
    """

    token: str
    base: str = BASE
    silence: float = SILENCE

    def direct(self, session: requests.Session) -> None:
        """Make a session of tweepy's, which knows one address and mostly waits for ever, use ours."""
        session.mount(_TWEEPYS, _Elsewhere(self.base, self.silence))


def access() -> Access:
    """As the environment says: X_BEARER_TOKEN, or the file named by X_BEARER_TOKEN_FILE; EMOTION_X_URL for an address.

    Raises:
        UsageError: there is no token, or the address is none.
    """
    logging.getLogger("tweepy").addHandler(logging.NullHandler())  # without one, Python prints its errors
    token = secret_token(os.environ, _TOKEN)
    if token is None:
        raise UsageError(
            f"X wants a key: put the bearer token of your app (developer console, keys and tokens) into {_TOKEN}."
        )
    base = os.environ.get("EMOTION_X_URL", BASE).rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise UsageError(f"EMOTION_X_URL {base!r} is no address: it must begin with https:// or http://.")
    return Access(token, base)


class _Elsewhere(HTTPAdapter):
    def __init__(self, base: str, silence: float) -> None:
        self._base = base
        self._silence = silence
        super().__init__()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = self._base + request.path_url
        return super().send(request, *args, **kwargs | {"timeout": self._silence})


def patiently(call: Callable[[], T], closed: threading.Event, tries: int | None = None) -> T | None:
    """What the call gives; rate limits and passing faults are waited out. None when `closed` is set meanwhile.

    Raises:
        EmotionError: X refuses for good.
        tweepy.HTTPException, requests.RequestException: what the last of so many tries met.
    """
    wait = _FIRST_WAIT
    for tried in itertools.count(1):
        if closed.is_set():
            break
        try:
            return call()
        except tweepy.TooManyRequests as error:
            if tried == tries:
                raise
            closed.wait(until_reset(error.response, wait))
        except (tweepy.TwitterServerError, requests.RequestException):
            if tried == tries:
                raise
            closed.wait(wait)
        except tweepy.HTTPException as error:
            raise refusal(error.response.status_code, _said(error)) from None
        wait = min(wait * 2, _LONGEST_WAIT)
    return None


class Patience:
    """How long to leave alone what failed: longer each time, or until a rate limit is lifted."""

    def __init__(self) -> None:
        self._wait, self._until = _FIRST_WAIT, 0.0

    @property
    def is_over(self) -> bool:
        """Whether it may be tried again."""
        return time.monotonic() >= self._until

    def failed(self, response: requests.Response | None) -> None:
        """It failed, with this answer if there was one."""
        wait = self._wait if response is None else until_reset(response, self._wait)
        self._until, self._wait = time.monotonic() + wait, min(self._wait * 2, _LONGEST_WAIT)


def briefly(access: Access, call: Callable[[], T]) -> T:
    """What the call gives, where somebody waits for it: a few tries, a second and more apart.

    Raises:
        JobError: X did not answer any of them.
        EmotionError: X refuses for good.
    """
    try:
        found = patiently(call, threading.Event(), _TRIES)
    except (tweepy.HTTPException, requests.RequestException) as error:
        said = " ".join(str(error).split())[:500]
        raise JobError(f"X does not answer at {access.base}: {said}.") from None
    assert found is not None
    return found


def until_reset(response: requests.Response, otherwise: float) -> float:
    """Seconds until the rate limit is lifted."""
    reset = response.headers.get("x-rate-limit-reset", "")
    return min(max(float(reset) - time.time(), 0.0) + 0.1, _LONGEST_RESET) if reset.isdigit() else otherwise


def refusal(status: int, said: str = "") -> EmotionError:
    """The sentence for an answer that will not change by asking again."""
    told = f" It says: {said}" if said else ""
    if status == 401:
        return UsageError(f"X does not know the token in {_TOKEN} (401).{told}")
    if status in (402, 403):
        return UsageError(
            f"X does not allow this ({status}): the app's plan, its credits or its project do not cover it.{told}"
        )
    return JobError(f"X refuses the request ({status}).{told}")


def _said(error: tweepy.HTTPException) -> str:
    return "; ".join(str(message) for message in error.api_messages or error.api_errors or ())[:500]
