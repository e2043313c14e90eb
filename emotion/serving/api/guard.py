"""Around every request: who may ask, what browsers may do with an answer, what is counted, and what is never said.

Logs hold method, path, status, time and the name of the key: no query, no text, no key.
"""

import asyncio
import logging
import time
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

from starlette._utils import get_route_path
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emotion.serving.api.callers import check_caller
from emotion.serving.api.metrics import Metrics
from emotion.serving.api.problems import OVERLOADED, Problem
from emotion.serving.keys import Key, Keys

LOG = logging.getLogger("emotion.serving")
_PIECE = 64 << 10  # bytes of an answer that are sent at once
_LOOK_SECONDS = 1.0  # after which a key that must wait is looked up again
_GUARDED = ("/v1/", "/metrics")
_QUIET = ("/healthz", "/readyz", "/metrics")
_CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_DOCS_CONTENT = _CONTENT.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Pure ASGI, so that it costs microseconds and leaves streams alone.

    Paths are those that routes have: what stands before them is the server's business (`root_path`). Where `local` is
    given, only this machine and pages of these origins may call. An answer of which nothing is taken for `seconds` is
    given up.
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, keys: Keys | None, seconds: float, local: Sequence[str] | None = None
    ) -> None:
        self._app, self._metrics, self._keys, self._seconds, self._local = app, metrics, keys, seconds, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = get_route_path(scope)
        began, seen = time.perf_counter(), _Seen(send, path, self._seconds)
        try:
            await self._answer(scope, receive, seen, path)
        except _Unread:  # the server ends the connection, as the answer on it has no end
            seen.status = 499
        finally:
            self._count(scope, path, seen.status or 499, time.perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, seen: "_Seen", path: str) -> None:
        try:
            self._admit(scope, path)
            await self._app(scope, receive, seen)
        except _Unread:
            raise
        except Problem as problem:
            await problem.response()(scope, receive, seen)
        except Exception as error:
            _log_failure(scope, error)
            if seen.status is None:
                failed = Problem(500, "failed", "The API failed at this request; its log says where.")
                await failed.response()(scope, receive, seen)

    def _admit(self, scope: Scope, path: str) -> None:
        """Refuse other sites, who has no key, and whose key has asked too much."""
        headers = Headers(scope=scope)
        if self._local is not None:
            check_caller(headers, self._local)
        if self._keys is None or not path.startswith(_GUARDED) or scope["method"] == "OPTIONS":
            return
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        asking = _Asking(self._keys, given)
        if wait := asking.wait():
            self._metrics.refused.labels("rate").inc()
            raise Problem(
                429,
                "rate",
                f"This key may ask {asking.key.per_minute:,} texts a minute.",
                headers={"Retry-After": str(int(wait) + 1)},
            )
        asking.admit()
        scope.setdefault("state", {})["asking"] = asking

    def _count(self, scope: Scope, path: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.requests.labels(route, scope["method"] if route != "other" else "any", status).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        if scope.get("state", {}).get("problem") == OVERLOADED:
            self._metrics.refused.labels("overload").inc()
        if path not in _QUIET and LOG.isEnabledFor(logging.INFO):
            asking = _asking(scope)
            name = "-" if asking is None else asking.key.name
            LOG.info("%s %s %s %.1f ms %s", scope["method"], _safe(route), status, seconds * 1000, name)


class _Unread(Exception):
    """Who asked does not take the answer."""


class _Seen:
    """Sends with the headers that every answer has, in pieces that must be taken in time, and remembers its status."""

    def __init__(self, send: Send, path: str, seconds: float) -> None:
        self._send, self._path, self._seconds = send, path, seconds
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers["Content-Security-Policy"] = _DOCS_CONTENT if self._path == "/docs" else _CONTENT
            if self._path.startswith(_GUARDED):
                headers["Cache-Control"] = "no-store"
        for piece in _pieces(message):
            try:
                async with asyncio.timeout(self._seconds):
                    await self._send(piece)
            except TimeoutError:
                raise _Unread from None


def _pieces(message: Message) -> Iterator[Message]:
    """A message with a long body as several: a server takes one as a whole, and waits only before the next."""
    body = message.get("body", b"")
    if len(body) <= _PIECE:
        yield message
        return
    for start in range(0, len(body), _PIECE):
        end = start + _PIECE
        more = end < len(body) or message.get("more_body", False)
        yield {**message, "body": body[start:end], "more_body": more}


class _Asking:
    """The key of a request: a stream may outlast it, or what it may ask.

    Raises:
        Problem: the key is not in use.
    """

    key: Key

    def __init__(self, keys: Keys, token: str) -> None:
        self._keys, self._token = keys, token
        self._paid = 0  # texts that were charged before it was known whether there are any
        self.look()

    def look(self) -> None:
        """Look the key up, as it is now."""
        key = self._keys.find(self._token) if self._token else None
        if key is None:
            said = "The key is not known." if self._token else "A key is needed."
            raise Problem(
                401,
                "key",
                f"{said} Send it as `Authorization: Bearer KEY`.",
                headers={"WWW-Authenticate": 'Bearer realm="emotion"'},
            )
        self.key = key

    def wait(self) -> float:
        """Seconds until it may ask again."""
        return self._keys.wait(self.key)

    def admit(self) -> None:
        """A request counts for a text, also where it holds none."""
        self._keys.charge(self.key, 1)
        self._paid = 1

    def charge(self, texts: int) -> None:
        """Take texts from what it may ask, beyond the one that its request counted for."""
        paid = min(texts, self._paid)
        self._paid -= paid
        self._keys.charge(self.key, texts - paid)


def charge(scope: Any, texts: int) -> None:
    """Take texts from what the request's key may ask."""
    asking = _asking(scope)
    if asking is not None:
        asking.charge(texts)


def look(scope: Any) -> None:
    """Refuse with 401 what still comes under a key that was taken back meanwhile."""
    asking = _asking(scope)
    if asking is not None:
        asking.look()


async def pause(scope: Any) -> None:
    """Wait until the request's key may ask again: a stream that has begun is not refused, but slowed.

    401 where it is taken back meanwhile; where it may ask more by then, that holds.
    """
    asking = _asking(scope)
    while asking is not None and (seconds := asking.wait()):
        await asyncio.sleep(min(seconds, _LOOK_SECONDS))
        asking.look()


def _asking(scope: Any) -> _Asking | None:
    found: _Asking | None = scope.get("state", {}).get("asking")
    return found


def _log_failure(scope: Scope, error: Exception) -> None:
    """Where it failed and with what kind of error; not the error's words, which may quote a text."""
    places = "".join(traceback.format_tb(error.__traceback__))
    LOG.error("%s %s failed: %s\n%s", scope["method"], _safe(scope["path"]), type(error).__name__, places)


def _safe(path: str) -> str:
    return path.encode("ascii", "backslashreplace").decode()[:200].replace("\r", " ").replace("\n", " ")
