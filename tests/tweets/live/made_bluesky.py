"""A server that speaks Jetstream: JSON messages over a WebSocket, with a cursor to go on from."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

Json = dict[str, Any]
START = 1_764_320_000_000_000  # microseconds, November 28, 2025
DID = "did:plc:ann"


def commit(n: int, operation: str, **more: Any) -> Json:
    """What happened to the n-th post, n seconds after the start."""
    told = {"rev": "r", "operation": operation, "collection": "app.bsky.feed.post", "rkey": f"k{n}"}
    return {"did": DID, "time_us": START + n * 1_000_000, "kind": "commit", "commit": told | more}


def create(n: int, text: str = "so happy today", **more: Any) -> Json:
    """A post."""
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2025-11-28T08:53:20Z", "langs": ["en"]}
    return commit(n, "create", record=record | more, cid="c")


def account(n: int, status: str | None) -> Json:
    """What became of an account."""
    told = {"active": status is None, "did": DID, "seq": n, "time": "2025-11-28T08:53:20Z"}
    return {"did": DID, "time_us": START + n * 1_000_000, "kind": "account", "account": told | {"status": status}}


class Jetstream:
    """What each connection is sent, and what was asked for."""

    def __init__(self) -> None:
        self.connections: list[list[Json | str | threading.Event]] = []
        self.asked: list[dict[str, list[str]]] = []
        self.refuse = 0
        self.hold = threading.Event()
        self.address = ""

    def serve(self, socket: ServerConnection) -> None:
        """Send what the next connection is to get; all but the last one are cut after it."""
        assert socket.request is not None
        self.asked.append(parse_qs(urlsplit(socket.request.path).query))
        messages = self.connections.pop(0) if self.connections else []
        with suppress(ConnectionClosed):
            for message in messages:
                if isinstance(message, threading.Event):
                    message.wait(30)
                else:
                    socket.send(message if isinstance(message, str) else json.dumps(message))
            if self.connections:
                socket.socket.close()  # no closing handshake
            else:
                self.hold.wait(30)

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse the connection where a test says so."""
        if self.refuse:
            return connection.respond(HTTPStatus(self.refuse), "no\n")
        return None


@contextmanager
def serving() -> Iterator[Jetstream]:
    """A server on a free port."""
    state = Jetstream()
    with serve(state.serve, "127.0.0.1", 0, process_request=state.check) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        state.address = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/subscribe"
        try:
            yield state
        finally:
            state.hold.set()
            server.shutdown()
            thread.join()
