"""Bodies that come slowly, or not to their end; answers that nobody takes; keys that are taken back meanwhile."""

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import Message

from emotion.serving.api.app import create_app
from emotion.serving.api.settings import ApiSettings, Limits
from emotion.serving.keys import add_key, revoke_key
from tests.serving.made import Fake

NDJSON = "application/x-ndjson"


async def answered(
    app: FastAPI, body: AsyncIterator[bytes], kind: str, gone: bool = False, key: str = ""
) -> tuple[int, bytes]:
    """Status and content of an answer to a body that comes as it comes; at its end the client has `gone` or not."""
    status, content = 0, b""

    async def receive() -> Message:
        try:
            return {"type": "http.request", "body": await anext(body), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.disconnect"} if gone else {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, content
        status = message.get("status", status)
        content += message.get("body", b"")

    headers = [(b"content-type", kind.encode()), (b"x-api-key", key.encode())]
    scope = {
        "type": "http", "method": "POST", "path": "/v1/emotions", "raw_path": b"/v1/emotions", "query_string": b"",
        "headers": headers, "http_version": "1.1", "scheme": "http", "root_path": "",
        "server": ("api", 80), "client": ("here", 1),
    }  # fmt: skip
    await asyncio.wait_for(app(scope, receive, send), 60)
    return status, content


async def every(seconds: float, piece: bytes, times: int = 1_000_000) -> AsyncIterator[bytes]:
    for _ in range(times):
        yield piece
        await asyncio.sleep(seconds)


def app_with(**limits: Any) -> FastAPI:
    return create_app(Fake(), ApiSettings(limits=Limits.model_validate(limits)))


@pytest.mark.parametrize("pause", [0.01, 3600])
def test_a_body_that_does_not_come_to_its_end_is_given_up(pause: float) -> None:
    status, content = asyncio.run(answered(app_with(seconds=0.3), every(pause, b" "), "application/json"))
    assert (status, json.loads(content)["type"]) == (408, "urn:emotion:problem:slow-body")


@pytest.mark.parametrize("pause", [0.01, 3600])
def test_a_stream_that_brings_next_to_nothing_gives_its_place_back(pause: float) -> None:
    app = app_with(seconds=0.3, stream_rate=1000)
    status, content = asyncio.run(answered(app, every(pause, b"1\n"), NDJSON))
    assert status == 200
    assert json.loads(content.splitlines()[-1])["status"] == 408
    assert app.state.api.streams == 0


def test_a_stream_may_last_as_long_as_it_brings_something() -> None:
    line = b'"joy and %s"\n' % (b"x" * 500)
    status, content = asyncio.run(answered(app_with(seconds=0.4, stream_rate=64), every(0.05, line, 30), NDJSON))
    assert status == 200
    assert [json.loads(answer)["emotion"] for answer in content.splitlines()] == ["joy"] * 30


@pytest.mark.parametrize("kind", ["application/json", NDJSON])
def test_who_hangs_up_is_no_failure_of_ours(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    app = app_with()
    with caplog.at_level(logging.WARNING):
        asyncio.run(answered(app, every(0, b'"joy"\n', 2), kind, gone=True))
    assert caplog.records == []
    numbers = app.state.api.metrics.text()
    assert b'status="500"' not in numbers
    if kind != NDJSON:
        assert b'emotion_requests_total{method="POST",path="/v1/emotions",status="499"} 1.0' in numbers


@contextmanager
def listening(app: FastAPI) -> Iterator[int]:
    """A server of the application, whose sockets hold little; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        config = uvicorn.Config(app, log_config=None, ws="none", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([place],))
        thread.start()
        try:
            yield place.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def asking(port: int, kind: str, body: bytes) -> Iterator[socket.socket]:
    """A client that has sent its request and reads nothing by itself."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(30)
        client.connect(("127.0.0.1", port))
        head = f"POST /v1/emotions HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
        client.sendall(f"{head}\r\n\r\n".encode() + body)
        yield client


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def rest(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


def test_a_stream_that_nobody_reads_gives_its_place_back() -> None:
    app = app_with(seconds=0.5)
    with listening(app) as port, asking(port, NDJSON, b'"joy"\n' * 10_000) as client:
        until(lambda: app.state.api.streams == 1)
        until(lambda: app.state.api.streams == 0)
        assert not rest(client).endswith(b"0\r\n\r\n")


def test_an_answer_holds_its_room_until_it_is_sent_or_nobody_reads_it() -> None:
    app = app_with(seconds=0.5)
    room = app.state.api.room
    body = json.dumps(["joy"] * 10_000).encode()
    with listening(app) as port, asking(port, "application/json", body) as client:
        until(lambda: room.bytes > 1_000_000)
        until(lambda: room.bytes == 0)
        head, _, found = rest(client).partition(b"\r\n\r\n")
    length = next(line for line in head.lower().splitlines() if line.startswith(b"content-length"))
    assert len(found) < int(length.partition(b":")[2])
    assert b'emotion_requests_total{method="POST",path="/v1/emotions",status="499"} 1.0' in app.state.api.metrics.text()


def test_a_long_answer_that_is_read_comes_whole() -> None:
    app = app_with()
    with listening(app) as port, asking(port, "application/json", json.dumps(["joy"] * 1000).encode()) as client:
        found = b""
        while not found.endswith(b"]}"):
            found += client.recv(65536)
        assert len(json.loads(found.partition(b"\r\n\r\n")[2])["predictions"]) == 1000
        until(lambda: app.state.api.room.bytes == 0)


def test_a_key_that_is_taken_back_ends_its_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotion.serving.keys._LOOK_SECONDS", 0.0)
    path = tmp_path / "keys.json"
    key = add_key(path, "stream")

    async def body() -> AsyncIterator[bytes]:
        yield b'"joy"\n'
        revoke_key(path, "stream")
        for _ in range(1000):
            yield b"\n"

    app = create_app(Fake(), ApiSettings(keys=path))
    _, content = asyncio.run(answered(app, body(), NDJSON, key=key))
    first, last = map(json.loads, content.splitlines())
    assert (first["emotion"], last["status"], last["type"]) == ("joy", 401, "urn:emotion:problem:key")
    assert app.state.api.streams == 0


@pytest.mark.parametrize("then", ["more", "gone"])
def test_a_stream_that_waits_for_its_key_sees_it_change(
    then: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotion.serving.keys._LOOK_SECONDS", 0.0)
    monkeypatch.setattr("emotion.serving.api.guard._LOOK_SECONDS", 0.01)
    path = tmp_path / "keys.json"
    key = add_key(path, "stream", 1)

    async def body() -> AsyncIterator[bytes]:
        yield b'"joy"\n' * 5
        await asyncio.sleep(0.1)  # by then they are paid for, and the next must wait for minutes
        yield b'"joy"\n'
        await asyncio.sleep(0.1)
        if then == "more":
            path.write_text(path.read_text().replace('"per_minute": 1', '"per_minute": 60000'))
        else:
            revoke_key(path, "stream")

    app = create_app(Fake(), ApiSettings(keys=path))
    _, content = asyncio.run(answered(app, body(), NDJSON, key=key))
    *earlier, last = map(json.loads, content.splitlines())
    assert [each["emotion"] for each in earlier] == ["joy"] * 5
    assert last.get("emotion") == "joy" if then == "more" else last["status"] == 401
