"""Requests go to the application as they come.

To notice who hangs up, Serve reads the body of every request ahead, without end, in a task of its own beside that of
the answer: twice the work for a small request, and for a long stream the memory of all that is not answered yet. The
application reads its bodies itself, no faster than it answers; a header of Serve's own says so.

`RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH` names `middlewares`.
"""

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

_AS_THEY_COME = (b"x-request-disconnect-disabled", b"?1")


class AsTheyCome:
    """Adds the header to each request; the last one counts, so that no client decides it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = [*scope["headers"], _AS_THEY_COME]
        await self._app(scope, receive, send)


def middlewares() -> list[Middleware]:
    """What Serve puts around the application."""
    return [Middleware(AsTheyCome)]
