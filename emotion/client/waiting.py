"""The client for programs that wait."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


class Client(Shared):
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
        self._http = httpx.Client(**self.options(timeout), transport=transport)

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
        answer = self.request("POST", PATH, {"texts": list(texts)}, options)
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
        body, headers = {"tweets": list(tweets)}, batch_headers(source, sequence)
        return dict(self.request("POST", PATH, body, options | ({"store": True} if store else {}), headers))

    def store_lines(self, lines: Sequence[bytes], source: str, sequence: int, **options: Any) -> Answer:
        """Store raw JSON records, a line each, as one batch; returns what became of them."""
        headers = {"Content-Type": NDJSON, **batch_headers(source, sequence)}
        asked = {"store": True, "answers": False, **options}
        response = self._send("POST", PATH, b"\n".join(lines), asked, headers)
        return dict(orjson.loads(response.content)["stored"])

    def stream(self, lines: Iterable[Any], **options: Any) -> Iterator[Answer]:
        """One answer a text or record, in their order, however many there are; memory holds one block of them."""
        items = iter(lines)
        while block := list(islice(items, self.block)):
            data = b"\n".join(map(orjson.dumps, block))
            yield from answers_of(self._send("POST", PATH, data, options, {"Content-Type": NDJSON}))

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
        return orjson.loads(self._send(method, path, data, options or {}, json_headers(headers)).content)

    def _send(
        self, method: str, path: str, data: bytes | None, options: Mapping[str, Any], headers: Mapping[str, str]
    ) -> httpx.Response:
        for tried in range(self.tries):
            response = None
            try:
                response = self._http.request(method, path, content=data, params=params_of(options), headers=headers)
                if response.status_code not in AGAIN:
                    return checked(response)
            except httpx.TransportError as error:
                if tried + 1 == self.tries:
                    raise self.failed(error) from None
            if tried + 1 < self.tries:
                time.sleep(self.wait(response, tried))
        assert response is not None
        return checked(response)
