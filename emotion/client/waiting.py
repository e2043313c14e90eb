"""The client for programs that wait."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from emotion.client import calls
from emotion.client.blocks import blocks
from emotion.client.calls import Answer, Call, T
from emotion.client.exchange import Exchange


class Client:
    """Calls that wait for their answer. `tries` is how often a request is sent at most; a `timeout` is in seconds.

    A stream is sent in blocks of at most `block` lines; a line waits at most `linger` seconds for others.

    Each raises an `ApiError` where the API refuses, or does not answer after all tries.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        tries: int = 8,
        block: int = 500,
        linger: float = 1.0,
        timeout: float = 60,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._exchange, self._block, self._linger = Exchange(url, key, tries), block, linger
        self._http = httpx.Client(**self._exchange.options(timeout), transport=transport)

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
        return self._do(calls.of_texts(texts, options))

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

        With `source` and `sequence` the same batch may be sent again without being stored twice. Without them the
        client names it, for the times that it sends it again itself.
        """
        source, sequence = self._exchange.named(store, source, sequence)
        return self._do(calls.of_tweets(tweets, store, source, sequence, options))

    def store_lines(self, lines: Sequence[bytes], source: str, sequence: int, **options: Any) -> Answer:
        """Store raw JSON records, a line each, as one batch; returns what became of them."""
        return self._do(calls.of_raw_lines(lines, source, sequence, options))

    def stream(self, lines: Iterable[Any], **options: Any) -> Iterator[Answer]:
        """One answer a text or record, in their order, however many there are; memory holds two blocks of them.

        Another thread reads `lines`, so that those that came are answered while the next is waited for.
        """
        for block in blocks(lines, self._block, self._linger):
            yield from self._do(calls.of_lines(block, options))

    def get(self, path: str, **options: Any) -> Any:
        """What `GET /v1/...` answers: `client.get("/v1/summary", hashtag="sunset")`."""
        return self._do(calls.of_path("GET", path, None, options))

    def request(self, method: str, path: str, body: Any = None, options: Mapping[str, Any] | None = None) -> Any:
        """Send any request with a JSON body and return its JSON answer."""
        return self._do(calls.of_path(method, path, body, options))

    def _do(self, call: Call[T]) -> T:
        tried = 0
        while not isinstance(found := self._exchange.judged(self._try(call), tried), httpx.Response):
            time.sleep(found)
            tried += 1
        return call.read(found)

    def _try(self, call: Call[Any]) -> httpx.Response | httpx.RequestError:
        try:
            return self._http.request(**call.arguments())
        except httpx.RequestError as error:
            return error
