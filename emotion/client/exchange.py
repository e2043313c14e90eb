"""What both clients do in the same way: headers, waits between tries, and what an answer is."""

import email.utils
import random
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import orjson

from emotion.errors import ApiError

Answer = dict[str, Any]
AGAIN = (429, 503)
PATH = "/v1/emotions"
NDJSON = "application/x-ndjson"
_LONGEST_WAIT = 60.0
_FIRST_WAIT = 0.25


class Shared:
    """What both clients do in the same way."""

    def __init__(self, url: str, key: str | None = None, tries: int = 8, block: int = 500) -> None:
        self.url, self.tries, self.block = url.rstrip("/"), tries, block
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def options(self, timeout: float) -> dict[str, Any]:
        return {"base_url": self.url, "headers": self.headers, "timeout": timeout}

    def wait(self, response: httpx.Response | None, tried: int) -> float:
        """Seconds to the next try: what the API asks for, else longer each time; a little at random."""
        asked = _retry_after(response)
        wait = _FIRST_WAIT * 2**tried if asked is None else asked
        return min(wait, _LONGEST_WAIT) * random.uniform(1, 1.25)

    def failed(self, error: httpx.HTTPError) -> ApiError:
        return ApiError(f"The API at {self.url} does not answer: {error or type(error).__name__}.")


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


def _refused(status: int, message: str) -> ApiError:
    error = ApiError(message)
    error.status = status
    return error


def checked(response: httpx.Response) -> httpx.Response:
    """The response, or the problem that it tells."""
    if response.is_success:
        return response
    try:
        said = orjson.loads(response.content)["detail"]
    except (ValueError, TypeError, KeyError):
        said = response.text[:200] or response.reason_phrase
    raise _refused(response.status_code, f"The API refuses the request with {response.status_code}: {said}")


def answers_of(response: httpx.Response) -> Iterator[Answer]:
    for line in response.content.split(b"\n"):
        if line:
            answer = orjson.loads(line)
            if "status" in answer and "title" in answer:
                raise _refused(
                    answer["status"], f"The API ended the stream with {answer['status']}: {answer['detail']}"
                )
            yield answer


def params_of(options: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in options.items()
        if value is not None
    }


def json_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {"Content-Type": "application/json", **(headers or {})}


def batch_headers(source: str | None, sequence: int | None) -> dict[str, str]:
    named = {} if source is None else {"Emotion-Source": source}
    return named if sequence is None else named | {"Emotion-Sequence": str(sequence)}
