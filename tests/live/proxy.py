"""A proxy between client and server that does what networks and busy servers do: once, at a chosen request."""

import gzip
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

HEADERS = {"X-elastic-product": "Elasticsearch", "Content-Type": "application/vnd.elasticsearch+json;compatible-with=8"}


class Asked(NamedTuple):
    """A request as the client sent it, from a port of its own; its body is not compressed.

    `soothe` lets the client's patience with its answer begin anew.
    """

    method: str
    path: str
    body: bytes
    headers: dict[str, str]
    port: int
    soothe: Callable[[], object]


class Answer(NamedTuple):
    """What goes back to the client."""

    status: int
    body: bytes
    headers: dict[str, str] = HEADERS


class Cut(Exception):
    """The connection ends here."""


Forward = Callable[[Asked], Answer]
Fault = Callable[[Asked, Forward], Answer]


@dataclass(eq=False)
class _Next:
    path: str
    body: bytes
    times: int
    after: int
    fault: Fault

    def is_for(self, asked: Asked) -> bool:
        return self.path in asked.path and self.body in asked.body


class Proxy:
    """Forwards every request to `server`, but for those that the next fault is for."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._server = urlsplit(server)
        self._lock = threading.Lock()
        self._faults: list[_Next] = []
        self.met = 0  # faults that happened
        self._watched: list[tuple[str, list[bytes]]] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (Cut, ConnectionError):
                    self.close_connection = True

            def do_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                place = self.client_address[1], self.handle_expect_100
                answer = proxy.answer(Asked(self.command, self.path, body, dict(self.headers), *place))
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_any

            def log_message(self, format: str, *args: Any) -> None:
                """Tests read no log."""

        self.listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.listener.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.listener.server_port}"

    def add(self, fault: Fault, path: str = "_bulk", times: int = 1, after: int = 0, body: bytes = b"") -> None:
        """Let the next `times` requests with `path` and `body` in theirs meet the fault, `after` others have passed."""
        self._faults.append(_Next(path, body, times, after, fault))

    def watch(self, path: str) -> list[bytes]:
        """Bodies of the requests with `path` in theirs, from now on."""
        bodies: list[bytes] = []
        self._watched.append((path, bodies))
        return bodies

    def answer(self, asked: Asked) -> Answer:
        """By a fault, or by the server."""
        with self._lock:
            for path, bodies in self._watched:
                if path in asked.path:
                    bodies.append(asked.body)
            fault = self._next(asked)
        return fault(asked, self._forward) if fault else self._forward(asked)

    def _next(self, asked: Asked) -> Fault | None:
        for coming in self._faults:
            if not coming.is_for(asked):
                continue
            if coming.after:
                coming.after -= 1
                continue
            coming.times -= 1
            if not coming.times:
                self._faults.remove(coming)
            self.met += 1
            return coming.fault
        return None

    def _forward(self, asked: Asked) -> Answer:
        assert self._server.hostname is not None
        connection = http.client.HTTPConnection(self._server.hostname, self._server.port, timeout=60)
        skipped = {"host", "content-length", "content-encoding", "accept-encoding", "connection"}
        try:
            kept = {name: value for name, value in asked.headers.items() if name.lower() not in skipped}
            connection.request(asked.method, asked.path, asked.body, kept)
            found = connection.getresponse()
            body = found.read()
        finally:
            connection.close()
        names = ("content-type", "x-elastic-product")
        return Answer(found.status, body, {name: found.headers[name] for name in names if name in found.headers})


@contextmanager
def between(server: str) -> Iterator[Proxy]:
    """A proxy in front of a server, on a port of its own."""
    proxy = Proxy(server)
    thread = threading.Thread(target=proxy.listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.listener.shutdown()
        proxy.listener.server_close()
        thread.join()


def says(status: int, kind: str = "made_up", reason: str = "a test says so") -> Fault:
    """The server refuses the whole request."""
    body = {
        "error": {"type": kind, "reason": reason, "root_cause": [{"type": kind, "reason": reason}]},
        "status": status,
    }
    return lambda asked, forward: Answer(status, json.dumps(body).encode())


def cut_before(asked: Asked, forward: Forward) -> Answer:
    """The connection ends before the server sees the request."""
    raise Cut


def cut_after(asked: Asked, forward: Forward) -> Answer:
    """The server takes the request, and nobody learns of it."""
    forward(asked)
    raise Cut


def held(until: threading.Event) -> Fault:
    """The server gets the request late, when the event comes; the client waits so long, if it lives."""

    def late(asked: Asked, forward: Forward) -> Answer:
        while not until.wait(10):
            with suppress(ConnectionError):
                asked.soothe()
        return forward(asked)

    return late


def half(status: int, kind: str = "es_rejected_execution_exception") -> Fault:
    """Every second document is not taken: by too full a queue, or by what the kind says."""

    def split(asked: Asked, forward: Forward) -> Answer:
        lines = asked.body.rstrip(b"\n").split(b"\n")
        pairs = [b"\n".join(lines[k : k + 2]) for k in range(0, len(lines), 2)]
        answer = forward(asked._replace(body=b"\n".join(pairs[::2]) + b"\n"))
        items = iter(json.loads(answer.body)["items"])
        error = {"index": {"status": status, "error": {"type": kind, "reason": "a test says so"}}}
        both = [error if number % 2 else next(items) for number in range(len(pairs))]
        return answer._replace(body=json.dumps({"errors": True, "items": both}).encode())

    return split


def gives(body: Any) -> Fault:
    """An answer that the server would not give."""
    return lambda asked, forward: Answer(200, json.dumps(body).encode())


def slow(seconds: float, after: bool = False) -> Fault:
    """The server gets the request late, or, `after`, takes it at once and answers late."""

    def late(asked: Asked, forward: Forward) -> Answer:
        if after:
            answer = forward(asked)
            time.sleep(seconds)
            return answer
        time.sleep(seconds)
        return forward(asked)

    return late


def limited(most: int, refused: list[int]) -> Fault:
    """What stands before the server lets no larger request through; `refused` takes in their sizes."""

    def check(asked: Asked, forward: Forward) -> Answer:
        if len(asked.body) <= most:
            return forward(asked)
        refused.append(len(asked.body))
        return Answer(413, b"<html>Request Entity Too Large</html>", {"Content-Type": "text/html"})

    return check
