"""Bodies that come slowly, or not to their end."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.types import Message

from emotion.serving.api.app import create_app
from emotion.serving.api.settings import ApiSettings, Limits
from tests.serving.made import Fake

NDJSON = "application/x-ndjson"


async def answered(app: FastAPI, body: AsyncIterator[bytes], kind: str, gone: bool = False) -> tuple[int, bytes]:
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

    scope = {
        "type": "http", "method": "POST", "path": "/v1/emotions", "raw_path": b"/v1/emotions", "query_string": b"",
        "headers": [(b"content-type", kind.encode())], "http_version": "1.1", "scheme": "http", "root_path": "",
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
