"""From texts or records to answers: what every form of a request goes through."""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import Request

from emotion.prediction import Predictions
from emotion.serving.api.asked import Asked
from emotion.serving.api.problems import Problem, busy
from emotion.serving.api.served import Busy
from emotion.serving.api.state import Api, api_of
from emotion.serving.records import Records, read
from emotion.tweets.tweet import DeadLetter, Tweet

_ALOUD = 64  # texts up to which working on the event loop is quicker than handing over


async def predict(api: Api, texts: Sequence[str], asked: Asked, patient: bool = False) -> Predictions:
    """Predictions in order; 503 when there is too much to do, or when they take longer than a request may."""
    try:
        async with asyncio.timeout(None if patient else api.settings.limits.seconds):
            return await api.models.predict(texts, explain=asked.attention, patient=patient)
    except Busy as full:
        raise busy("More texts are waiting than the API can predict in time; send them again.", full.seconds) from None
    except TimeoutError:
        raise busy(f"The answer took longer than {api.settings.limits.seconds:g} s; send fewer texts.", 5) from None


async def read_records(request: Request, raws: Sequence[bytes], place: str, asked: Asked) -> Records:
    """The records, those with a text too long among the dead letters."""
    api = api_of(request)

    def work() -> Records:
        records = read(raws, place, asked.names())
        _refuse_long(records, api.settings.limits.characters)
        return records

    records = work() if len(raws) <= _ALOUD else await asyncio.to_thread(work)
    for result in records.results:
        api.metrics.records.labels(_kind(result)).inc()
    return records


async def rows_of(predictions: Predictions, asked: Asked) -> list[dict[str, Any]]:
    """What is answered of each prediction."""
    if len(predictions) <= _ALOUD:
        return list(asked.rows(predictions))
    return await asyncio.to_thread(lambda: list(asked.rows(predictions)))


async def dumped(answer: Any, many: bool) -> bytes:
    """The answer as JSON."""
    return await asyncio.to_thread(orjson.dumps, answer) if many else orjson.dumps(answer)


def source_of(request: Request) -> tuple[str, int]:
    """Where the records come from and which of that source's batches they are: the key under which they are stored.

    A source that does not name itself gets a random name, so that nothing is taken for a repetition.
    """
    source = request.headers.get("emotion-source")
    number = request.headers.get("emotion-sequence", "0")
    if source is None:
        import secrets

        return f"api-{secrets.token_hex(8)}", 0
    if not (number.isdigit() and len(number) < 19) or not _is_name(source):
        raise Problem(
            422,
            "invalid",
            "Emotion-Source must be a name of up to 100 letters, digits, dots, dashes and underscores, "
            "and Emotion-Sequence a whole number.",
        )
    return source, int(number)


def _is_name(source: str) -> bool:
    return 0 < len(source) <= 100 and source.isascii() and all(c.isalnum() or c in "._-" for c in source)


def _refuse_long(records: Records, characters: int) -> None:
    for place, result in enumerate(records.results):
        if isinstance(result, Tweet) and len(result.text) > characters:
            raw = result.text.encode(errors="replace")
            records.results[place] = DeadLetter(result.line, "text too long", raw)


def _kind(result: object) -> str:
    return {"Tweet": "tweet", "DeadLetter": "dead_letter", "Deletion": "deletion"}.get(type(result).__name__, "skipped")
