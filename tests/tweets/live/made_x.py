"""A server that speaks X's API v2 as documented: rules, the filtered stream, recent search and counts."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
TOKEN = "a-token"


def post(n: int, text: str = "so happy today", **more: Any) -> Json:
    """A post of API v2."""
    made = {"id": str(n), "text": text, "author_id": "7", "created_at": "2026-11-28T10:00:00.000Z", "lang": "en"}
    return made | more


def line(n: int, **more: Any) -> bytes:
    """A post as the stream sends it."""
    found = {"data": post(n, **more), "includes": {"users": [{"id": "7", "username": "ann"}]}}
    return json.dumps(found | {"matching_rules": [{"id": "1", "tag": "emotion:joy:1"}]}).encode() + b"\r\n"


DISCONNECT = (
    json.dumps(
        {
            "errors": [
                {
                    "title": "operational-disconnect",
                    "disconnect_type": "UpstreamOperationalDisconnect",
                    "detail": "This stream has been disconnected upstream for operational reasons.",
                    "type": "https://api.x.com/2/problems/operational-disconnect",
                }
            ]
        }
    ).encode()
    + b"\r\n"
)
KEEP_ALIVE = b"\r\n"


class Cut(Exception):
    """The connection breaks in the middle of a chunk."""


class Server:
    """What the app at X holds, what it answers, and what it was asked."""

    def __init__(self) -> None:
        self.rules: list[Json] = []
        self.streams: list[int | tuple[int, dict[str, str]] | list[bytes | float | type[Cut] | threading.Event]] = []
        self.searches: list[Json | tuple[int, dict[str, str]] | threading.Event] = []
        self.count = 4321
        self.invalid: str | None = None
        self.asked: list[tuple[str, str, dict[str, list[str]], Any]] = []
        self.opened: list[float] = []
        self.stop = threading.Event()
        self.address = ""

    def paths(self) -> list[str]:
        """Methods and paths of the requests so far."""
        return [f"{method} {path}" for method, path, _, _ in self.asked]


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with chunks."""

    protocol_version = "HTTP/1.1"
    state: Server

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def do_GET(self) -> None:
        """Rules, stream, search or counts."""
        path, query = self._asked(None)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, {"title": "Unauthorized", "detail": "Unauthorized", "status": 401})
        elif path == "/2/tweets/search/stream/rules":
            self._answer(200, {"data": self.state.rules, "meta": {"sent": "now"}} if self.state.rules else {"meta": {}})
        elif path == "/2/tweets/search/stream":
            self._stream()
        elif path == "/2/tweets/search/recent":
            found = self.state.searches.pop(0) if self.state.searches else {"meta": {"result_count": 0}}
            if isinstance(found, threading.Event):
                found.wait(30)
            elif _is_out_of_reach(query):
                self._answer(400, {"title": "Invalid Request", "detail": "must be on or after seven days ago"})
            elif isinstance(found, dict):
                self._answer(200, found)
            else:
                self._answer(found[0], {}, found[1])
        elif path == "/2/tweets/counts/recent":
            self._answer(200, {"data": [], "meta": {"total_tweet_count": self.state.count}})
        else:
            self._answer(404, {"title": f"{path} {query}"})

    def do_POST(self) -> None:
        """Rules to add, or ids of rules to delete."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, query = self._asked(body)
        state = self.state
        added = body.get("add", ())
        if wrong := [rule["value"] for rule in added if state.invalid and state.invalid in rule["value"]]:
            errors = [{"value": value, "title": "Invalid Rule", "details": ["no such operator"]} for value in wrong]
            self._answer(200, {"meta": {"summary": {"created": 0}}, "errors": errors})
            return
        if query.get("dry_run") != ["true"]:
            gone = body.get("delete", {}).get("ids", ())
            state.rules = [rule for rule in state.rules if rule["id"] not in gone]
            first = 100 * len(state.asked)
            state.rules += [rule | {"id": str(first + number)} for number, rule in enumerate(added)]
        self._answer(201, {"data": [], "meta": {"sent": "now", "summary": {"created": 1}}})

    def _asked(self, body: Any) -> tuple[str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        self.state.asked.append((self.command, parts.path, query, body))
        return parts.path, query

    def _answer(self, status: int, content: Json, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.state.opened.append(time.monotonic())
        script = self.state.streams.pop(0) if self.state.streams else [self.state.stop]
        if isinstance(script, int):
            self._answer(script, {"title": "no"})
            return
        if isinstance(script, tuple):
            self._answer(script[0], {"title": "no"}, script[1])
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in script:
            if isinstance(piece, threading.Event):
                piece.wait(30)
            elif isinstance(piece, float):
                time.sleep(piece)
            elif piece is Cut:
                self.wfile.write(b"400\r\nhalf a chunk")
                self.close_connection = True
                return
            else:
                assert isinstance(piece, bytes)
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")


def _is_out_of_reach(query: dict[str, list[str]]) -> bool:
    """Whether a search begins or ends more than seven days ago, which X refuses."""
    moments = [datetime.fromisoformat(value) for name in ("start_time", "end_time") for value in query.get(name, ())]
    return any(time.time() - moment.timestamp() > 7 * 86_400 for moment in moments)


@contextmanager
def serving() -> Iterator[Server]:
    """A server on a free port."""
    state = Server()
    handler: Callable[..., BaseHTTPRequestHandler] = type("Bound", (Handler,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        state.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield state
        finally:
            state.stop.set()
            server.shutdown()
            thread.join()
