"""The client for asyncio."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from emotion.client.exchange import (
    AGAIN,
    NDJSON,
    PATH,
    Answer,
    Shared,
    answers_of,
    batch_headers,
    checked,
    json_headers,
    params_of,
)


class AsyncClient(Shared):
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
        self._http = httpx.AsyncClient(**self.options(timeout), transport=transport)

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
        answer = await self.request("POST", PATH, {"texts": list(texts)}, options)
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
        body, headers = {"tweets": list(tweets)}, batch_headers(source, sequence)
        return dict(await self.request("POST", PATH, body, options | ({"store": True} if store else {}), headers))

    async def stream(self, lines: Iterable[Any] | AsyncIterator[Any], **options: Any) -> AsyncIterator[Answer]:
        """As `Client.stream`; memory holds `ahead` blocks."""
        working: deque[asyncio.Task[httpx.Response]] = deque()
        try:
            async for block in _blocks(lines, self.block):
                data = b"\n".join(map(orjson.dumps, block))
                headers = {"Content-Type": NDJSON}
                working.append(asyncio.create_task(self._send("POST", PATH, data, options, headers)))
                if len(working) >= self._ahead:
                    for answer in answers_of(await working.popleft()):
                        yield answer
            while working:
                for answer in answers_of(await working.popleft()):
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
        return orjson.loads((await self._send(method, path, data, options or {}, json_headers(headers))).content)

    async def _send(
        self, method: str, path: str, data: bytes | None, options: Mapping[str, Any], headers: Mapping[str, str]
    ) -> httpx.Response:
        for tried in range(self.tries):
            response = None
            try:
                response = await self._http.request(
                    method, path, content=data, params=params_of(options), headers=headers
                )
                if response.status_code not in AGAIN:
                    return checked(response)
            except httpx.TransportError as error:
                if tried + 1 == self.tries:
                    raise self.failed(error) from None
            if tried + 1 < self.tries:
                await asyncio.sleep(self.wait(response, tried))
        assert response is not None
        return checked(response)


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
