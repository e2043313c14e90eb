"""`POST /v1/emotions`: what is felt in a text, in many, in tweets, in a stream of them."""

from contextlib import ExitStack
from io import BytesIO
from itertools import islice
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from starlette.types import Receive, Scope, Send

from emotion.serving.api.asked import Asked, Batch
from emotion.serving.api.bodies import Body, check_count, parse
from emotion.serving.api.described import ANSWERS, BODY
from emotion.serving.api.guard import charge
from emotion.serving.api.problems import documented
from emotion.serving.api.receiving import JSON, NDJSON, form_of, whole
from emotion.serving.api.state import Api, api_of
from emotion.serving.api.storing import check_can_store, stored
from emotion.serving.api.streams import answer_stream, ndjson
from emotion.serving.api.working import ALOUD, LARGE, done, predict, read_body, rows_of
from emotion.stores.live.records import Records, of_texts

router = APIRouter(tags=["emotions"])


@router.post(
    "/v1/emotions",
    summary="What is felt in texts or tweets",
    responses={200: ANSWERS, **documented(400, 408, 409, 413, 415, 422, 501)},
    openapi_extra={"requestBody": BODY},
)
async def emotions(request: Request, asked: Annotated[Asked, Query()], batch: Annotated[Batch, Header()]) -> Response:
    """Predict one text, a list of texts, tweets, or a stream of either.

    One answer a text or record, in their order, with the keys of `emotion predict --json`; that of a tweet has its
    `tweet_id` first. A record that is no tweet is answered by `error`, `skipped` or `deleted`.

    With `store=true` the tweets are written before they are answered. `Emotion-Source` and `Emotion-Sequence` name the
    batch: the same batch sent again is not stored again.
    """
    api = api_of(request)
    form = form_of(request)
    if asked.store:
        check_can_store(api, batch)
    elif form == "ndjson":
        return answer_stream(request, asked, batch)
    limits = api.settings.limits
    with ExitStack() as stack:
        held = stack.enter_context(api.room.of(limits))
        data = await whole(request, limits, held)
        if form == "ndjson":
            content = await _answer_lines(request, data, asked, batch)
        else:
            content = await _answer_body(request, data, asked, batch)
        held.become(len(content))
        return _Kept(content, NDJSON[0] if form == "ndjson" else JSON, stack.pop_all())


class _Kept(Response):
    """An answer that keeps its room until it is sent."""

    def __init__(self, content: bytes, media_type: str, room: ExitStack) -> None:
        super().__init__(content, media_type=media_type)
        self._room = room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._room:
            await super().__call__(scope, receive, send)


async def _answer_body(request: Request, data: bytes, asked: Asked, batch: Batch) -> bytes:
    api = api_of(request)
    many = len(data) > LARGE
    body = await done(lambda: parse(data, api.settings.limits), many)
    answer = await _answer(request, api, body, asked, batch)
    return await done(lambda: orjson.dumps(answer), many or body.count > ALOUD)


async def _answer(request: Request, api: Api, body: Body, asked: Asked, batch: Batch) -> Any:
    if body.texts is not None and not asked.store:
        charge(request.scope, body.count)
        rows = await rows_of(await predict(api, body.texts, asked), asked)
        return rows[0] if body.alone else {"predictions": rows}
    source, sequence = batch.key(asked.store)
    place = f"{source}/{sequence}"
    texts = body.texts
    if texts is None:
        records = await read_body(request, body.records, place, asked)
    else:
        charge(request.scope, body.count)
        records = await done(lambda: of_texts(texts, place), len(texts) > ALOUD)
    records.once = batch.emotion_source is None
    answers, accounts = await _answer_records(api, records, source, sequence, asked)
    if accounts is None:
        return {"predictions": answers}
    if body.alone:
        return {**(answers[0] if asked.answers else {}), "stored": accounts}
    return {**({"predictions": answers} if asked.answers else {}), "stored": accounts}


async def _answer_records(
    api: Api, records: Records, source: str, sequence: int, asked: Asked
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Answers to all records, and the accounts of what was stored where that was asked for."""
    predictions = await predict(api, records.texts, asked)
    accounts = await stored(api, source, sequence, records, predictions) if asked.store else None
    if accounts is not None and not asked.answers:
        return [], accounts
    many = len(records.results) > ALOUD
    return await done(lambda: list(records.answers(asked.rows(predictions))), many), accounts


async def _answer_lines(request: Request, data: bytes, asked: Asked, batch: Batch) -> bytes:
    """A whole body of lines, stored as one batch; the accounts are the last line."""
    api = api_of(request)
    most, many = api.settings.limits.texts, len(data) > LARGE
    raws = await done(lambda: _lines(data, most), many)
    source, sequence = batch.key(asked.store)
    records = await read_body(request, raws, f"{source}/{sequence}", asked)
    records.once = batch.emotion_source is None
    answers, accounts = await _answer_records(api, records, source, sequence, asked)
    return await done(lambda: ndjson([*answers, {"stored": accounts}]), many or len(answers) > ALOUD)


def _lines(data: bytes, most: int) -> list[bytes]:
    """The lines that are not blank; where there are too many, it is told before they take memory."""
    found = (line.removesuffix(b"\n") for line in BytesIO(data) if line.strip())
    lines = list(islice(found, most))
    check_count(len(lines) + sum(1 for _ in found), most)
    return lines
