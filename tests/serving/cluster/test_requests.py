"""Serve leaves the reading of bodies to the application."""

import asyncio

from starlette.types import Message, Receive, Scope, Send

from emotion.serving.cluster.requests import AsTheyCome, middlewares

SERVES = b"x-request-disconnect-disabled"


async def receive() -> Message:
    return {}


async def send(message: Message) -> None:
    """Nothing is sent."""


def headers_behind(scope: Scope) -> list[tuple[bytes, bytes]]:
    """What an application behind the middlewares is given."""
    seen: list[tuple[bytes, bytes]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend(scope["headers"])

    asyncio.run(AsTheyCome(app)(scope, receive, send))
    return seen


def test_every_request_says_that_it_is_left_alone_whatever_its_client_says() -> None:
    asked = [(b"host", b"x"), (SERVES, b"?0")]
    found = headers_behind({"type": "http", "headers": asked})
    assert dict(found) == {b"host": b"x", SERVES: b"?1"}
    assert asked == [(b"host", b"x"), (SERVES, b"?0")]


def test_ray_knows_the_header_and_is_given_who_adds_it() -> None:
    (one,) = middlewares()
    made: object = one.cls
    assert made is AsTheyCome
    from ray.serve._private.http_util import parse_disconnect_disabled_header

    assert parse_disconnect_disabled_header(dict(headers_behind({"type": "http", "headers": []})))


def test_what_is_no_request_is_left_as_it_is() -> None:
    assert headers_behind({"type": "lifespan", "headers": []}) == []
