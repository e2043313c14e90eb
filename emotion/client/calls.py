"""What may be asked of the API: each call as the request that it is, and how its answer is read."""

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import httpx
import orjson

from emotion.errors import ApiError

Answer = dict[str, Any]
Options = Mapping[str, Any]
T = TypeVar("T")
_PATH = "/v1/emotions"
_LEVEL = 1  # of gzip, the fastest
_JSON, _NDJSON = "application/json", "application/x-ndjson"


class ApiProblem(ApiError):
    """The API itself tells what is wrong; without that, a proxy before it or another server may have answered."""


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request, and what its response is read as."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    content: bytes | None = None
    options: Options = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": _JSON})

    def arguments(self) -> dict[str, Any]:
        """As the request methods of httpx take it; options that are None are left out."""
        params = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in self.options.items()
            if value is not None
        }
        return {
            "method": self.method,
            "url": self.path,
            "content": self.content,
            "params": params,
            "headers": dict(self.headers),
        }


def of_texts(texts: Sequence[str], options: Options) -> Call[list[Answer]]:
    """One prediction a text."""
    return Call(
        "POST", _PATH, lambda found: list(_json(found)["predictions"]), orjson.dumps({"texts": list(texts)}), options
    )


def of_tweets(
    tweets: Sequence[Mapping[str, Any]], store: bool, source: str | None, sequence: int | None, options: Options
) -> Call[Answer]:
    """One prediction a record, and with `store` what was stored."""
    asked = {**options, "store": True} if store else options
    headers = {"Content-Type": _JSON, **_batch(source, sequence)}
    return Call("POST", _PATH, _json, orjson.dumps({"tweets": list(tweets)}), asked, headers)


def of_lines(lines: Sequence[Any], options: Options) -> Call[Iterator[Answer]]:
    """One answer a text or record, of a stretch of a stream."""
    return Call("POST", _PATH, _answers, b"\n".join(map(orjson.dumps, lines)), options, {"Content-Type": _NDJSON})


def of_raw_lines(lines: Sequence[bytes], source: str, sequence: int, options: Options) -> Call[Answer]:
    """What became of records that are stored as one batch."""
    asked = {"store": True, "answers": False, **options}
    headers = {"Content-Type": _NDJSON, "Content-Encoding": "gzip", **_batch(source, sequence)}
    content = gzip.compress(b"\n".join(lines), _LEVEL, mtime=0)
    return Call("POST", _PATH, lambda found: dict(_json(found)["stored"]), content, asked, headers)


def of_path(method: str, path: str, body: Any, options: Options | None) -> Call[Any]:
    """Whatever the API answers there."""
    return Call(method, path, _json, None if body is None else orjson.dumps(body), options or {})


def refused(status: int, message: str, own: bool) -> ApiError:
    """The failure with the API's status; `own` tells that the API itself answered so."""
    error = ApiProblem(message) if own else ApiError(message)
    error.status = status
    return error


def _answers(response: httpx.Response) -> Iterator[Answer]:
    for line in response.content.split(b"\n"):
        if line:
            answer = _loaded(line, response)
            if "status" in answer and "title" in answer:
                said = f"The API ended the stream with {answer['status']}: {answer['detail']}"
                raise refused(answer["status"], said, own=True)
            yield answer


def _json(response: httpx.Response) -> Any:
    return _loaded(response.content, response)


def _loaded(content: bytes, response: httpx.Response) -> Any:
    """What a proxy says with status 200, a page of its own say, is no answer of the API."""
    try:
        return orjson.loads(content)
    except ValueError:
        said = f"What answers is no Emotion API: {content[:200].decode(errors='replace')}"
        raise refused(response.status_code, said, own=False) from None


def _batch(source: str | None, sequence: int | None) -> dict[str, str]:
    named = {} if source is None else {"Emotion-Source": source}
    return named if sequence is None else named | {"Emotion-Sequence": str(sequence)}
