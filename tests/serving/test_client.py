"""The client: against the application itself, and against servers that refuse."""

import asyncio
import gzip
import pickle
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import httpx
import orjson
import pytest

from emotion.client import AsyncClient, Client
from emotion.errors import ApiError, UsageError
from emotion.serving.api.app import create_app
from tests.serving.made import Fake, predictions_of

Answer = Callable[[httpx.Request], httpx.Response]
TEXTS = [f"{('joy', 'anger')[i % 2]} {i}" for i in range(23)]


def against_app(fake: Fake, **options: Any) -> AsyncClient:
    return AsyncClient("http://api", transport=httpx.ASGITransport(create_app(fake)), **options)


def scripted(
    *statuses: int, headers: Mapping[str, str | bytes] | None = None, tries: int = 4
) -> tuple[Client, list[httpx.Request]]:
    """A client of a server that answers with these, and then well."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) <= len(statuses):
            if statuses[len(seen) - 1] == 0:
                raise httpx.ConnectError("refused")
            more: Any = headers
            return httpx.Response(statuses[len(seen) - 1], json={"detail": "no"}, headers=more)
        return httpx.Response(200, json={"predictions": [{"emotion": "joy"}]})

    return Client("http://api", transport=httpx.MockTransport(answer), tries=tries), seen


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    return waits


def test_predictions_are_those_of_the_api(fake: Fake) -> None:
    async def run() -> None:
        async with against_app(fake) as client:
            assert await client.predict(TEXTS) == list(predictions_of(TEXTS).rows())
            assert "scores" not in (await client.predict(["joy"], scores=False))[0]
            found = await client.label([{"id": 5, "text": "joy"}])
            assert found["predictions"][0]["tweet_id"] == "5"
            assert (await client.get("/v1/model"))["name"] == "fake"

    asyncio.run(run())


def test_a_stream_of_any_length_is_answered_in_order(fake: Fake) -> None:
    async def lines() -> AsyncIterator[str]:
        for text in TEXTS:
            yield text

    async def run() -> None:
        async with against_app(fake, block=5) as client:
            for source in (TEXTS, lines()):
                found = [answer["emotion"] async for answer in client.stream(source)]
                assert found == [text.split()[0] for text in TEXTS]

    asyncio.run(run())


def test_what_is_refused_for_now_is_sent_again_when_the_api_says(slept: list[float]) -> None:
    client, seen = scripted(429, 503, headers={"Retry-After": "7"})
    assert client.predict(["joy"]) == [{"emotion": "joy"}]
    assert len(seen) == 3
    assert all(7 <= wait <= 7 * 1.25 for wait in slept)


def test_without_a_time_the_waits_grow(slept: list[float]) -> None:
    client, _ = scripted(0, 503, 0)
    client.predict(["joy"])
    assert [round(wait / 1.25, 6) <= bound <= wait for wait, bound in zip(slept, (0.25, 0.5, 1.0), strict=True)]
    assert slept == sorted(slept)


def test_an_api_that_asks_for_a_moment_again_and_again_is_given_more(slept: list[float]) -> None:
    """As while its store does not get on."""
    client, _ = scripted(503, 503, 503, 503, 503, headers={"Retry-After": "1"}, tries=6)
    client.predict(["joy"])
    assert all(least <= wait <= least * 1.25 for wait, least in zip(slept, (1, 1, 1, 2, 4), strict=True))


@pytest.mark.parametrize(("statuses", "said"), [((503,) * 4, "503: no"), ((0,) * 4, "does not answer")])
def test_after_all_tries_the_failure_is_told(slept: list[float], statuses: tuple[int, ...], said: str) -> None:
    client, seen = scripted(*statuses)
    with pytest.raises(ApiError, match=said):
        client.predict(["joy"])
    assert (len(seen), len(slept)) == (4, 3)


def test_an_answer_that_cannot_be_read_is_asked_for_again_and_then_told(slept: list[float]) -> None:
    """As of a proxy that cuts off what it packs."""

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))

    async def run() -> None:
        async with AsyncClient("http://api", transport=httpx.MockTransport(answer), tries=1) as client:
            with pytest.raises(ApiError, match="answers what cannot be read"):
                await client.predict(["joy"])

    with pytest.raises(ApiError, match="answers what cannot be read"):
        Client("http://api", transport=httpx.MockTransport(answer), tries=4).predict(["joy"])
    assert len(slept) == 3
    asyncio.run(run())


def test_what_is_wrong_is_not_sent_again(slept: list[float]) -> None:
    client, seen = scripted(422)
    with pytest.raises(ApiError, match="422: no") as refused:
        client.predict(["joy"])
    assert pickle.loads(pickle.dumps(refused.value)).status == 422
    assert (len(seen), slept) == (1, [])


def test_the_key_and_the_batch_are_named() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"predictions": []})

    with Client("http://api/", "secret", transport=httpx.MockTransport(answer)) as client:
        client.label([], store=True, source="a", sequence=3)
    (request,) = seen
    assert request.headers["authorization"] == "Bearer secret"
    assert (request.headers["emotion-source"], request.headers["emotion-sequence"]) == ("a", "3")
    assert request.url == "http://api/v1/emotions?store=true"


def test_a_batch_to_store_is_sent_again_under_the_same_name(slept: list[float]) -> None:
    client, seen = scripted(0, 503)
    client.label([{"text": "hi"}], store=True)
    client.label([{"text": "hi"}], store=True)
    names = [(request.headers["emotion-source"], request.headers["emotion-sequence"]) for request in seen]
    assert names[0] == names[1] == names[2]
    assert names[3] == (names[0][0], "1")
    other, also_seen = scripted()
    other.label([{"text": "hi"}], store=True)
    assert also_seen[0].headers["emotion-source"] != names[0][0]
    other.label([{"text": "hi"}])
    assert "emotion-source" not in also_seen[1].headers


def test_a_batch_to_store_is_not_named_by_half() -> None:
    client, seen = scripted()
    with pytest.raises(UsageError, match="its source and its sequence"):
        client.label([{"text": "hi"}], store=True, source="mine")
    assert seen == []


@pytest.mark.parametrize("url", ["localhost:8000", "127.0.0.1:8000", "ftp://a"])
def test_an_address_without_http_is_refused_at_once(url: str) -> None:
    with pytest.raises(UsageError, match="begins with http:// or https://"):
        Client(url)


def test_what_is_no_answer_of_the_api_is_an_error_of_it() -> None:
    client = Client("http://api", transport=httpx.MockTransport(lambda _: httpx.Response(200, text="<html>log in")))
    with pytest.raises(ApiError, match="no Emotion API: <html>log in"):
        client.predict(["joy"])
    with pytest.raises(ApiError, match="no Emotion API: <html>log in"):
        list(client.stream(["joy"]))


def test_a_strange_time_to_come_again_is_none(slept: list[float]) -> None:
    client, seen = scripted(503, headers={"Retry-After": b"\xb2"})
    client.predict(["joy"])
    assert (len(seen), len(slept)) == (2, 1)


def test_a_stream_that_the_api_ends_is_told() -> None:
    content = b'{"emotion": "joy"}\n{"status": 408, "title": "Request Timeout", "detail": "slow"}\n'
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=content))
    found = Client("http://api", transport=transport).stream(["a", "b"])
    assert next(found) == {"emotion": "joy"}
    with pytest.raises(ApiError, match="408: slow"):
        next(found)


def echo(request: httpx.Request) -> httpx.Response:
    """Answers each line with itself."""
    return httpx.Response(200, content=b"\n".join(b'{"line": %b}' % line for line in request.content.split(b"\n")))


def test_a_line_is_answered_while_the_next_is_not_there_yet() -> None:
    """As someone writes who reads the answer before they go on."""
    answered = threading.Event()

    def lines() -> Iterator[str]:
        yield "a"
        assert answered.wait(20)
        yield "b"

    with Client("http://api", transport=httpx.MockTransport(echo), linger=0.01) as client:
        found = client.stream(lines())
        assert next(found) == {"line": "a"}
        answered.set()
        assert list(found) == [{"line": "b"}]


def test_a_line_is_answered_while_the_next_is_not_there_yet_for_asyncio_too() -> None:
    async def run() -> list[Any]:
        answered = asyncio.Event()

        async def lines() -> AsyncIterator[str]:
            yield "a"
            await asyncio.wait_for(answered.wait(), 20)
            yield "b"

        found = []
        async with AsyncClient("http://api", transport=httpx.MockTransport(echo), linger=0.01) as client:
            async for answer in client.stream(lines()):
                found.append(answer)
                answered.set()
        return found

    assert asyncio.run(run()) == [{"line": "a"}, {"line": "b"}]


def test_lines_that_are_there_go_in_full_blocks() -> None:
    sizes = []

    def answer(request: httpx.Request) -> httpx.Response:
        sizes.append(len(request.content.split(b"\n")))
        return echo(request)

    with Client("http://api", transport=httpx.MockTransport(answer), block=5) as client:
        assert [orjson.dumps(found["line"]) for found in client.stream(TEXTS)] == list(map(orjson.dumps, TEXTS))
    assert sizes == [5, 5, 5, 5, 3]


def test_what_fails_while_lines_are_read_is_raised_after_the_answers_to_those_before() -> None:
    def lines() -> Iterator[str]:
        yield "a"
        raise LookupError("no more")

    with Client("http://api", transport=httpx.MockTransport(echo)) as client:
        found = client.stream(lines())
        assert next(found) == {"line": "a"}
        with pytest.raises(LookupError, match="no more"):
            next(found)


def test_a_stream_that_is_left_reads_no_further() -> None:
    read = []

    def lines() -> Iterator[str]:
        for number in range(10_000):
            read.append(number)
            yield str(number)

    with Client("http://api", transport=httpx.MockTransport(echo), block=5) as client:
        found = client.stream(lines())
        next(found)
        found.close()  # type: ignore[attr-defined]  # it is a generator
    while any(thread.name == "stream" for thread in threading.enumerate()):
        time.sleep(0.01)
    assert len(read) < 30


def test_raw_lines_are_stored_and_only_their_accounts_come_back() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b'{"stored": {"documents": 2}}\n')

    with Client("http://api", transport=httpx.MockTransport(answer)) as client:
        assert client.store_lines([b"{}", b"{}"], "a", 3) == {"documents": 2}
    assert seen[0].url == "http://api/v1/emotions?store=true&answers=false"
    assert (seen[0].headers["content-type"], seen[0].headers["content-encoding"]) == ("application/x-ndjson", "gzip")
    assert gzip.decompress(seen[0].content) == b"{}\n{}"
