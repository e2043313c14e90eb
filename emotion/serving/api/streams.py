"""ndjson in, ndjson out: a line an answer, in order, in constant memory however long the stream."""

import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from typing import Any

import orjson
from fastapi import Request
from starlette.requests import ClientDisconnect

from emotion.serving.api.asked import Asked, Batch
from emotion.serving.api.guard import pause
from emotion.serving.api.lines import Streamed, blocks, in_order
from emotion.serving.api.problems import Problem, busy
from emotion.serving.api.receiving import NDJSON, pieces
from emotion.serving.api.state import api_of
from emotion.serving.api.working import ALOUD, done, predict, read_records
from emotion.tweets.stretches import Raw

LOG = logging.getLogger("emotion.serving")


def answer_stream(request: Request, asked: Asked, batch: Batch) -> Streamed:
    """Answer each line of the body as it comes: a text in quotes, or a record."""
    api = api_of(request)
    if api.streams >= api.settings.limits.streams:
        raise busy(f"{api.streams} streams are open, as many as are let; wait for one to end.")
    source, sequence = batch.key(store=False)
    body = pieces(request, api.settings.limits)
    return Streamed(_answered(request, body, asked, f"{source}/{sequence}"), NDJSON[0])


async def _answered(request: Request, body: AsyncIterator[bytes], asked: Asked, place: str) -> AsyncIterator[bytes]:
    api = api_of(request)
    api.streams += 1
    numbered = _numbered(blocks(body, api.settings.limits.line_bytes))

    async def work(block: tuple[int, Sequence[Raw]]) -> bytes:
        return await _answers(request, block[1], f"{place}/{block[0]}", asked)

    try:
        async with aclosing(in_order(numbered, work)) as answers:  # type: ignore[type-var]  # a generator
            async for answer in answers:
                yield answer
    except ClientDisconnect:
        return
    except Problem as problem:
        yield ndjson([problem.content()])
    except Exception as error:
        LOG.error("a stream failed: %s", type(error).__name__)
        yield ndjson([Problem(500, "failed", "The API failed at this stream; its log says why.").content()])
    finally:
        api.streams -= 1


async def _numbered(items: AsyncIterator[list[Raw]]) -> AsyncIterator[tuple[int, list[Raw]]]:
    number = 0
    async for item in items:
        yield number, item
        number += 1


async def _answers(request: Request, block: Sequence[Raw], place: str, asked: Asked) -> bytes:
    """One answer a line, and as many as a page holds."""
    await pause(request.scope)
    records = await read_records(request, block, place, asked)
    predictions = await predict(api_of(request), records.texts, asked, patient=True)
    many = len(records.results) > ALOUD
    return await done(lambda: ndjson(records.answers(asked.rows(predictions))), many)


def ndjson(answers: Iterable[dict[str, Any]]) -> bytes:
    """One JSON object a line."""
    lines = bytearray()  # a list would hold what orjson sets aside for each: a kilobyte, however short it is
    for answer in answers:
        lines += orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE)
    return bytes(lines)
