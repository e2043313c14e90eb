"""Streams of lines: cut out of pieces as they come, worked on some blocks ahead, answered in order."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from emotion.tweets.stretches import Lost, Raw

BLOCK = 512  # lines worked on together
AHEAD = 3  # blocks in work at once
_Block = TypeVar("_Block")
_Answer = TypeVar("_Answer")


async def blocks(pieces: AsyncIterator[bytes], longest: int) -> AsyncIterator[list[Raw]]:
    """Lines in blocks of what has arrived, without blank ones; one longer than `longest` bytes is lost, and alone."""
    lost = Lost(f"line longer than {longest:,} bytes", b"")
    last = _Last(longest)
    async for piece in pieces:
        first, *more = piece.split(b"\n")
        last.grow(first)
        if more:
            lines = [last.end(), *more[:-1]]
            last.grow(more[-1])
            for block in _blocks(lines, longest, lost):
                yield block
    for block in _blocks([last.end()], longest, lost):
        yield block


def _blocks(lines: list[bytes], longest: int, lost: Lost) -> Iterator[list[Raw]]:
    found = [lost if len(line) > longest else line for line in lines if len(line) > longest or line.strip()]
    for start in range(0, len(found), BLOCK):
        yield found[start : start + BLOCK]


class _Last:
    """The line that has not ended yet, in the pieces it came in; of one longer than `longest` bytes its beginning."""

    def __init__(self, longest: int) -> None:
        self._longest, self._pieces, self._size = longest, list[bytes](), 0

    def grow(self, piece: bytes) -> None:
        if self._size <= self._longest:
            self._pieces.append(piece)
            self._size += len(piece)

    def end(self) -> bytes:
        line = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        return line


async def in_order(
    items: AsyncIterator[_Block], work: Callable[[_Block], Awaitable[_Answer]], ahead: int = AHEAD
) -> AsyncIterator[_Answer]:
    """The answers in the order of the items, each as soon as it is there, with up to `ahead` items in work.

    Where the items fail, what was taken is answered first.
    """
    reading: asyncio.Future[_Block | None] | None = asyncio.ensure_future(_next(items))
    working: deque[asyncio.Future[_Answer]] = deque()
    try:
        while reading is not None or working:
            if working and (working[0].done() or reading is None):
                yield await working.popleft()
                continue
            # Not for those behind the first: one that is done already would make this go round and round.
            waiting: set[asyncio.Future[Any]] = {working[0]} if working else set()
            if reading is not None and len(working) < ahead:
                waiting.add(reading)
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if reading is not None and reading.done() and len(working) < ahead:
                if reading.exception() is not None:
                    while working:
                        yield await working.popleft()
                item, reading = reading.result(), None
                if item is not None:
                    working.append(asyncio.ensure_future(work(item)))
                    reading = asyncio.ensure_future(_next(items))
    finally:
        if reading is not None:
            reading.cancel()
        for future in working:
            future.cancel()


async def _next(items: AsyncIterator[_Block]) -> _Block | None:
    return await anext(items, None)


class Streamed(Response):
    """Sends pieces as they come, while the body is still being read: it leaves `receive` to who reads the body."""

    def __init__(self, pieces: AsyncIterator[bytes], media_type: str) -> None:
        self.pieces, self.status_code, self.media_type, self.background = pieces, 200, media_type, None
        self.init_headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self.pieces) as pieces:  # type: ignore[type-var]  # ours are generators
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
