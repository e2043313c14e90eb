"""The client for asyncio."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, Self

import httpx

from emotion.client import calls
from emotion.client.blocks import async_blocks
from emotion.client.calls import Answer, Call, T
from emotion.client.exchange import Exchange


class AsyncClient:
    """As `Client`, for asyncio; `ahead` is how many blocks of a stream are under way at once."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        tries: int = 8,
        block: int = 500,
        linger: float = 1.0,
        timeout: float = 60,
        ahead: int = 3,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._exchange, self._ahead = Exchange(url, key, tries), ahead
        self._block, self._linger = block, linger
        self._http = httpx.AsyncClient(**self._exchange.options(timeout), transport=transport)

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
        return await self._do(calls.of_texts(texts, options))

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
        source, sequence = self._exchange.named(store, source, sequence)
        return await self._do(calls.of_tweets(tweets, store, source, sequence, options))

    async def store_lines(self, lines: Sequence[bytes], source: str, sequence: int, **options: Any) -> Answer:
        """As `Client.store_lines`."""
        return await self._do(calls.of_raw_lines(lines, source, sequence, options))

    async def stream(self, lines: Iterable[Any] | AsyncIterator[Any], **options: Any) -> AsyncIterator[Answer]:
        """As `Client.stream`; memory holds `ahead` blocks."""
        blocks = async_blocks(lines, self._block, self._linger)
        working: deque[asyncio.Task[Iterator[Answer]]] = deque()
        coming: asyncio.Future[list[Any] | None] | None = asyncio.ensure_future(anext(blocks, None))
        try:
            while coming or working:
                wanted = coming if len(working) < self._ahead else None
                awaited = {one for one in (wanted, *islice(working, 1)) if one is not None}
                await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
                if wanted is not None and wanted.done():
                    coming = None
                    if (block := wanted.result()) is not None:
                        working.append(asyncio.create_task(self._do(calls.of_lines(block, options))))
                        coming = asyncio.ensure_future(anext(blocks, None))
                elif working[0].done():
                    for answer in working.popleft().result():
                        yield answer
        finally:
            for task in (coming, *working):
                if task is not None:
                    task.cancel()

    async def get(self, path: str, **options: Any) -> Any:
        """As `Client.get`."""
        return await self._do(calls.of_path("GET", path, None, options))

    async def request(self, method: str, path: str, body: Any = None, options: Mapping[str, Any] | None = None) -> Any:
        """As `Client.request`."""
        return await self._do(calls.of_path(method, path, body, options))

    async def _do(self, call: Call[T]) -> T:
        tried = 0
        while not isinstance(found := self._exchange.judged(await self._try(call), tried), httpx.Response):
            await asyncio.sleep(found)
            tried += 1
        return call.read(found)

    async def _try(self, call: Call[Any]) -> httpx.Response | httpx.RequestError:
        try:
            return await self._http.request(**call.arguments())
        except httpx.RequestError as error:
            return error
