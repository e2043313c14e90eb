"""When a request is sent again, and what is told when it is not: the same for both clients."""

import email.utils
import itertools
import random
import secrets
import time
from typing import Any

import httpx
import orjson

from emotion.client.calls import refused
from emotion.errors import ApiError, UsageError
from emotion.secret import check_token

_AGAIN = (429, 503)
_OURS = "urn:emotion:problem:"  # how the type of each problem of the API begins
_LONGEST_WAIT = 60.0  # seconds
_FIRST_WAIT = 0.25


class Exchange:
    """Judges what came of a request; `tries` is how often it is sent at most."""

    def __init__(self, url: str, key: str | None, tries: int) -> None:
        try:
            scheme = httpx.URL(url).scheme
        except httpx.InvalidURL as error:
            raise UsageError(f"{url} is no address of an API: {error}.") from None
        if scheme not in ("http", "https"):
            raise UsageError(f"{url} is no address of an API: it begins with http:// or https://.")
        check_token(key or "", "The key")
        self.url, self._tries = url.rstrip("/"), tries
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._source, self._sequence = f"client-{secrets.token_hex(8)}", itertools.count()

    def options(self, timeout: float) -> dict[str, Any]:
        """As the clients of httpx take them."""
        return {"base_url": self.url, "headers": self._headers, "timeout": timeout}

    def named(self, store: bool, source: str | None, sequence: int | None) -> tuple[str | None, int | None]:
        """The name of a batch; one that is stored gets one, so that it is stored once however often it is sent.

        Raises:
            UsageError: a batch to store is named by half.
        """
        if store and source is None and sequence is None:
            return self._source, next(self._sequence)
        if store and (source is None or sequence is None):
            raise UsageError("A batch to store is named by its source and its sequence, another number for each batch.")
        return source, sequence

    def judged(self, found: httpx.Response | httpx.RequestError, tried: int) -> httpx.Response | float:
        """The response, once it is one; else the seconds to the next try.

        Raises:
            ApiError: the API refuses the request, or has not answered after all tries.
        """
        is_last = tried + 1 >= self._tries
        if isinstance(found, httpx.RequestError):
            if is_last:
                what = "does not answer" if isinstance(found, httpx.TransportError) else "answers what cannot be read"
                raise ApiError(f"The API at {self.url} {what}: {found or type(found).__name__}.")
            return _wait(None, tried)
        if found.status_code in _AGAIN and not is_last:
            return _wait(found, tried)
        return _checked(found)


def _wait(response: httpx.Response | None, tried: int) -> float:
    """Seconds to the next try: what the API asks for, but longer each time; a little at random."""
    wait: float = max(_retry_after(response) or 0.0, _FIRST_WAIT * 2**tried)
    return min(wait, _LONGEST_WAIT) * random.uniform(1, 1.25)


def _retry_after(response: httpx.Response | None) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or as a date."""
    value = None if response is None else response.headers.get("retry-after")
    if value is None:
        return None
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _checked(response: httpx.Response) -> httpx.Response:
    """The response, or the problem that it tells."""
    if response.is_success:
        return response
    try:
        problem = orjson.loads(response.content)
        said, own = problem["detail"], str(problem.get("type")).startswith(_OURS)
    except (ValueError, TypeError, KeyError):
        said, own = response.text[:200] or response.reason_phrase, False
    raise refused(response.status_code, f"The API refuses the request with {response.status_code}: {said}", own)
