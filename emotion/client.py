"""Client of the Emotion API, for programs that wait and for those that do not: `Client` and `AsyncClient`.

    with Client("http://127.0.0.1:8000") as client:
        client.predict(["What a day!"])[0]["emotion"]

Both send again what was refused because there is too much to do (429, 503), when the API says, and what never arrived.
"""

import asyncio
import email.utils
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from emotion.errors import ApiError

Answer = dict[str, Any]
_AGAIN = (429, 503)
_LONGEST_WAIT = 60.0
_FIRST_WAIT = 0.25
_PATH = "/v1/emotions"


class _Shared:
    """What both clients do in the same way."""

    def __init__(self, url: str, key: str | None = None, tries: int = 8, block: int = 500) -> None:
        self.url, self.tries, self.block = url.rstrip("/"), tries, block
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def _options(self, timeout: float) -> dict[str, Any]:
        return {"base_url": self.url, "headers": self.headers, "timeout": timeout}

    def _wait(self, response: httpx.Response | None, tried: int) -> float:
        """Seconds to the next try: what the API asks for, else longer each time; a little at random."""
        asked = _retry_after(response)
        wait = _FIRST_WAIT * 2**tried if asked is None else asked
        return min(wait, _LONGEST_WAIT) * random.uniform(1, 1.25)

    def _failed(self, error: httpx.HTTPError) -> ApiError:
        return ApiError(f"The API at {self.url} does not answer: {error or type(error).__name__}.")


class Client(_Shared):
    """Calls that wait for their answer. `tries` is how often a request is sent at most; a `timeout` is in seconds."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        tries: int = 8,
        block: int = 500,
        timeout: float = 60,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(url, key, tries, block)
        self._http = httpx.Client(**self._options(timeout), transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def predict(self, texts: Sequence[str], **options: Any) -> list[Answer]:
        """One prediction a text, in their order; `options` are the API's: scores, attention, threshold."""
        answer = self.request("POST", _PATH, {"texts": list(texts)}, options)
        return list(answer["predictions"])

    def label(
        self,
        tweets: Sequence[Mapping[str, Any]],
        *,
        store: bool = False,
        source: str | None = None,
        sequence: int | None = None,
        **options: Any,
    ) -> Answer:
        """`predictions`, one a record, and with `store` what was `stored`.

        With `source` and `sequence` the same batch may be sent again without being stored twice.
        """
        body, headers = {"tweets": list(tweets)}, _named(source, sequence)
        return dict(self.request("POST", _PATH, body, options | ({"store": True} if store else {}), headers))

    def stream(self, lines: Iterable[Any], **options: Any) -> Iterator[Answer]:
        """One answer a text or record, in their order, however many there are; memory holds one block of them."""
        items = iter(lines)
        while block := list(islice(items, self.block)):
            data = b"\n".join(map(orjson.dumps, block))
            yield from _answers(self._send("POST", _PATH, data, options, {"Content-Type": "application/x-ndjson"}))

    def get(self, path: str, **options: Any) -> Any:
        """What `GET /v1/...` answers: `client.get("/v1/summary", hashtag="sunset")`."""
        return self.request("GET", path, None, options)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        options: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a request and return its JSON answer.

        Raises:
            ApiError: the API refuses it, or does not answer after all tries.
        """
        data = None if body is None else orjson.dumps(body)
        return orjson.loads(self._send(method, path, data, options or {}, _json(headers)).content)

    def _send(
        self, method: str, path: str, data: bytes | None, options: Mapping[str, Any], headers: Mapping[str, str]
    ) -> httpx.Response:
        for tried in range(self.tries):
            response = None
            try:
                response = self._http.request(method, path, content=data, params=_params(options), headers=headers)
                if response.status_code not in _AGAIN:
                    return _checked(response)
            except httpx.TransportError as error:
                if tried + 1 == self.tries:
                    raise self._failed(error) from None
            if tried + 1 < self.tries:
                time.sleep(self._wait(response, tried))
        assert response is not None
        return _checked(response)


class AsyncClient(_Shared):
    """As `Client`, for asyncio; `ahead` is how many blocks of a stream are under way at once."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        tries: int = 8,
        block: int = 500,
        timeout: float = 60,
        ahead: int = 3,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(url, key, tries, block)
        self._ahead = ahead
        self._http = httpx.AsyncClient(**self._options(timeout), transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def predict(self, texts: Sequence[str], **options: Any) -> list[Answer]:
        """As `Client.predict`."""
        answer = await self.request("POST", _PATH, {"texts": list(texts)}, options)
        return list(answer["predictions"])

    async def label(
        self,
        tweets: Sequence[Mapping[str, Any]],
        *,
        store: bool = False,
        source: str | None = None,
        sequence: int | None = None,
        **options: Any,
    ) -> Answer:
        """As `Client.label`."""
        body, headers = {"tweets": list(tweets)}, _named(source, sequence)
        return dict(await self.request("POST", _PATH, body, options | ({"store": True} if store else {}), headers))

    async def stream(self, lines: Iterable[Any] | AsyncIterator[Any], **options: Any) -> AsyncIterator[Answer]:
        """As `Client.stream`; memory holds `ahead` blocks."""
        working: deque[asyncio.Task[httpx.Response]] = deque()
        try:
            async for block in _blocks(lines, self.block):
                data = b"\n".join(map(orjson.dumps, block))
                headers = {"Content-Type": "application/x-ndjson"}
                working.append(asyncio.create_task(self._send("POST", _PATH, data, options, headers)))
                if len(working) >= self._ahead:
                    for answer in _answers(await working.popleft()):
                        yield answer
            while working:
                for answer in _answers(await working.popleft()):
                    yield answer
        finally:
            for task in working:
                task.cancel()

    async def get(self, path: str, **options: Any) -> Any:
        """As `Client.get`."""
        return await self.request("GET", path, None, options)

    async def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        options: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """As `Client.request`."""
        data = None if body is None else orjson.dumps(body)
        return orjson.loads((await self._send(method, path, data, options or {}, _json(headers))).content)

    async def _send(
        self, method: str, path: str, data: bytes | None, options: Mapping[str, Any], headers: Mapping[str, str]
    ) -> httpx.Response:
        for tried in range(self.tries):
            response = None
            try:
                response = await self._http.request(
                    method, path, content=data, params=_params(options), headers=headers
                )
                if response.status_code not in _AGAIN:
                    return _checked(response)
            except httpx.TransportError as error:
                if tried + 1 == self.tries:
                    raise self._failed(error) from None
            if tried + 1 < self.tries:
                await asyncio.sleep(self._wait(response, tried))
        assert response is not None
        return _checked(response)


def _retry_after(response: httpx.Response | None) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or as a date."""
    value = None if response is None else response.headers.get("retry-after")
    if value is None:
        return None
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _checked(response: httpx.Response) -> httpx.Response:
    """The response, or the problem that it tells."""
    if response.is_success:
        return response
    try:
        said = orjson.loads(response.content)["detail"]
    except (ValueError, TypeError, KeyError):
        said = response.text[:200] or response.reason_phrase
    raise ApiError(f"The API refuses the request with {response.status_code}: {said}")


def _answers(response: httpx.Response) -> Iterator[Answer]:
    for line in response.content.split(b"\n"):
        if line:
            answer = orjson.loads(line)
            if "status" in answer and "title" in answer:
                raise ApiError(f"The API ended the stream with {answer['status']}: {answer['detail']}")
            yield answer


async def _blocks(lines: Iterable[Any] | AsyncIterator[Any], size: int) -> AsyncIterator[list[Any]]:
    if not isinstance(lines, AsyncIterator):
        items = iter(lines)
        while block := list(islice(items, size)):
            yield block
        return
    block = []
    async for line in lines:
        block.append(line)
        if len(block) == size:
            yield block
            block = []
    if block:
        yield block


def _params(options: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in options.items()
        if value is not None
    }


def _json(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {"Content-Type": "application/json", **(headers or {})}


def _named(source: str | None, sequence: int | None) -> dict[str, str]:
    named = {} if source is None else {"Emotion-Source": source}
    return named if sequence is None else named | {"Emotion-Sequence": str(sequence)}
