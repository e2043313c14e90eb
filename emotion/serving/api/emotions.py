"""`POST /v1/emotions`: what is felt in a text, in many, in tweets, in a stream of them."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from emotion.serving.api.asked import Asked
from emotion.serving.api.bodies import Body, parse
from emotion.serving.api.described import ANSWERS, BODY
from emotion.serving.api.guard import charge
from emotion.serving.api.problems import documented
from emotion.serving.api.receiving import JSON, NDJSON, form_of, whole
from emotion.serving.api.state import Api, api_of
from emotion.serving.api.storing import check_can_store, stored
from emotion.serving.api.streams import answer_stream, ndjson
from emotion.serving.api.working import dumped, predict, read_records, rows_of, source_of
from emotion.serving.records import Records, of_texts

router = APIRouter(tags=["emotions"])
_LARGE = 64 << 10  # bytes of a body from which it is parsed beside the event loop


@router.post(
    "/v1/emotions",
    summary="What is felt in texts or tweets",
    responses={200: ANSWERS, **documented(400, 408, 413, 415, 422, 501)},
    openapi_extra={"requestBody": BODY},
)
async def emotions(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """Predict one text, a list of texts, tweets, or a stream of either.

    One answer a text or record, in their order, with the keys of `emotion predict --json`; that of a tweet has its
    `tweet_id` first. A record that is no tweet is answered by `error`, `skipped` or `deleted`.

    With `store=true` the tweets are written before they are answered. `Emotion-Source` and `Emotion-Sequence` name the
    batch: the same batch sent again is not stored again.
    """
    api = api_of(request)
    form = form_of(request)
    if asked.store:
        check_can_store(api)
    elif form == "ndjson":
        return answer_stream(request, asked)
    with api.room.of(api.settings.limits) as held:
        data = await whole(request, api.settings.limits, held)
        if form == "ndjson":
            return await _answer_lines(request, data, asked)
        many = len(data) > _LARGE
        body = await asyncio.to_thread(parse, data, api.settings.limits) if many else parse(data, api.settings.limits)
        charge(request.scope, body.count)
        answer = await _answer(request, api, body, asked)
        return Response(await dumped(answer, many), media_type=JSON)


async def _answer(request: Request, api: Api, body: Body, asked: Asked) -> Any:
    if body.texts is not None and not asked.store:
        rows = await rows_of(await predict(api, body.texts, asked), asked)
        return rows[0] if body.alone else {"predictions": rows}
    source, sequence = source_of(request)
    place = f"{source}/{sequence}"
    if body.texts is None:
        records = await read_records(request, body.records, place, asked)
    else:
        records = of_texts(body.texts, place)
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
    return records.answers(await rows_of(predictions, asked)), accounts


async def _answer_lines(request: Request, data: bytes, asked: Asked) -> Response:
    """A whole body of lines, stored as one batch; the accounts are the last line."""
    api = api_of(request)
    raws = [line for line in data.split(b"\n") if line.strip()]
    charge(request.scope, len(raws))
    source, sequence = source_of(request)
    records = await read_records(request, raws, f"{source}/{sequence}", asked)
    answers, accounts = await _answer_records(api, records, source, sequence, asked)
    return Response(ndjson([*answers, {"stored": accounts}]), media_type=NDJSON[0])
