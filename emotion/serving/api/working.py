"""From texts or records to answers: what every form of a request goes through."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fastapi import Request

from emotion.prediction import Predictions
from emotion.serving.api.asked import Asked
from emotion.serving.api.bodies import check_count
from emotion.serving.api.guard import charge
from emotion.serving.api.problems import busy
from emotion.serving.api.served import Busy
from emotion.serving.api.state import Api, api_of
from emotion.stores.live.records import Records, count, read
from emotion.tweets.stretches import Raw
from emotion.tweets.tweet import DeadLetter, Tweet

ALOUD = 64  # texts up to which working on the event loop is quicker than handing over
LARGE = 64 << 10  # bytes from which it is not
_Done = TypeVar("_Done")


async def done(work: Callable[[], _Done], many: bool) -> _Done:
    """Work of the CPU: where there is much of it, beside the event loop."""
    return await asyncio.to_thread(work) if many else work()


async def predict(api: Api, texts: Sequence[str], asked: Asked, patient: bool = False) -> Predictions:
    """Predictions in order; 503 when there is too much to do, or when they take longer than a request may."""
    try:
        async with asyncio.timeout(None if patient else api.settings.limits.seconds):
            return await api.models.predict(texts, explain=asked.attention, patient=patient)
    except Busy as full:
        raise busy("More texts are waiting than the API can predict in time; send them again.", full.seconds) from None
    except TimeoutError:
        raise busy(f"The answer took longer than {api.settings.limits.seconds:g} s; send fewer texts.", 5) from None


async def read_body(request: Request, raws: Sequence[bytes], place: str, asked: Asked) -> Records:
    """The records of a body, as `read_records` reads them; 413 where they are more than a body may have."""
    most = api_of(request).settings.limits.texts
    check_count(await done(lambda: count(raws, asked.names()), _is_much(raws)), most)
    records = await read_records(request, raws, place, asked)
    check_count(len(records.results), most)  # whatever was counted before
    return records


async def read_records(request: Request, raws: Sequence[Raw], place: str, asked: Asked) -> Records:
    """The records, with a text or a page that is too long among the dead letters; they are charged for."""
    api = api_of(request)
    limits = api.settings.limits

    def work() -> Records:
        records = read(raws, place, asked.names(), limits.texts)
        _refuse_long(records, limits.characters)
        for kind, number in Counter(map(_kind, records.results)).items():
            api.metrics.records.labels(kind).inc(number)
        return records

    records = await done(work, _is_much(raws))
    charge(request.scope, len(records.results))
    return records


async def rows_of(predictions: Predictions, asked: Asked) -> list[dict[str, Any]]:
    """What is answered of each prediction."""
    return await done(lambda: list(asked.rows(predictions)), len(predictions) > ALOUD)


def _is_much(raws: Sequence[Raw]) -> bool:
    return len(raws) > ALOUD or sum(len(raw) for raw in raws if isinstance(raw, bytes)) > LARGE


def _refuse_long(records: Records, characters: int) -> None:
    for place, result in enumerate(records.results):
        if isinstance(result, Tweet) and len(result.text) > characters:
            raw = result.text.encode(errors="replace")
            records.results[place] = DeadLetter(result.line, "text too long", raw)


def _kind(result: object) -> str:
    return {"Tweet": "tweet", "DeadLetter": "dead_letter", "Deletion": "deletion"}.get(type(result).__name__, "skipped")
