"""Around every request: who may ask, what browsers may do with an answer, what is counted, and what is never said.

Logs hold method, path, status, time and the name of the key: no query, no text, no key.
"""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from starlette._utils import get_route_path
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emotion.serving.api.callers import check_caller
from emotion.serving.api.metrics import Metrics
from emotion.serving.api.problems import Problem
from emotion.serving.keys import Key, Keys

LOG = logging.getLogger("emotion.serving")
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
    given, only this machine and pages of these origins may call.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, keys: Keys | None, local: Sequence[str] | None = None) -> None:
        self._app, self._metrics, self._keys, self._local = app, metrics, keys, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = get_route_path(scope)
        began, seen = time.perf_counter(), _Seen(send, path)
        try:
            self._admit(scope, path)
            await self._app(scope, receive, seen)
        except Problem as problem:
            await problem.response()(scope, receive, seen)
        except Exception as error:
            _log_failure(scope, error)
            if seen.status is None:
                failed = Problem(500, "failed", "The API failed at this request; its log says where.")
                await failed.response()(scope, receive, seen)
        finally:
            self._count(scope, path, seen.status or 499, time.perf_counter() - began)

    def _admit(self, scope: Scope, path: str) -> None:
        """Refuse other sites, who has no key, and whose key has asked too much."""
        headers = Headers(scope=scope)
        if self._local is not None:
            check_caller(headers, self._local)
        if self._keys is None or not path.startswith(_GUARDED) or scope["method"] == "OPTIONS":
            return
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        key = self._keys.find(given) if given else None
        if key is None:
            said = "The key is not known." if given else "A key is needed."
            raise Problem(
                401,
                "key",
                f"{said} Send it as `Authorization: Bearer KEY`.",
                headers={"WWW-Authenticate": 'Bearer realm="emotion"'},
            )
        if wait := self._keys.wait(key):
            self._metrics.refused.labels("rate").inc()
            raise Problem(
                429,
                "rate",
                f"This key may ask {key.per_minute:,} texts a minute.",
                headers={"Retry-After": str(int(wait) + 1)},
            )
        keys = self._keys
        scope.setdefault("state", {})["charge"] = _charge(keys, key)
        scope["state"]["wait"] = lambda: keys.wait(key)
        scope["state"]["key"] = key.name

    def _count(self, scope: Scope, path: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.requests.labels(route, scope["method"] if route != "other" else "any", status).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        if status == 503:
            self._metrics.refused.labels("overload").inc()
        if path not in _QUIET and LOG.isEnabledFor(logging.INFO):
            key = scope.get("state", {}).get("key", "-")
            LOG.info("%s %s %s %.1f ms %s", scope["method"], _safe(route), status, seconds * 1000, key)


class _Seen:
    """Sends with the headers that every answer has, and remembers its status."""

    def __init__(self, send: Send, path: str) -> None:
        self._send, self._path = send, path
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
        await self._send(message)


def charge(scope: Any, texts: int) -> None:
    """Take texts from what the request's key may ask, beyond the one that every request counts for."""
    taken: Callable[[int], None] | None = scope.get("state", {}).get("charge")
    if taken is not None and texts > 0:
        taken(texts)


async def pause(scope: Any) -> None:
    """Wait until the request's key may ask again: a stream that has begun is not refused, but slowed."""
    wait: Callable[[], float] | None = scope.get("state", {}).get("wait")
    while wait is not None and (seconds := wait()):
        await asyncio.sleep(seconds)


def _charge(keys: Keys, key: Key) -> Callable[[int], None]:
    keys.charge(key, 1)
    return lambda texts: keys.charge(key, texts)


def _log_failure(scope: Scope, error: Exception) -> None:
    """Where it failed and with what kind of error; not the error's words, which may quote a text."""
    places = "".join(traceback.format_tb(error.__traceback__))
    LOG.error("%s %s failed: %s\n%s", scope["method"], _safe(scope["path"]), type(error).__name__, places)


def _safe(path: str) -> str:
    return path.encode("ascii", "backslashreplace").decode()[:200].replace("\r", " ").replace("\n", " ")
