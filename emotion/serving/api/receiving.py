"""Bodies as they come: within limits of bytes and of time, decompressed, none held beyond what memory there is for."""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Literal

from fastapi import Request

from emotion.serving.api.guard import look
from emotion.serving.api.problems import Fault, Problem, busy, shown
from emotion.serving.api.settings import Limits

Form = Literal["json", "ndjson"]
JSON = "application/json"
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
_PIECE = 64 << 10  # bytes that are decompressed in one step, and that are gathered of short members


class Room:
    """The bytes of all bodies held at once, and of answers that are not sent yet."""

    def __init__(self, most: int) -> None:
        self._most, self.bytes = most, 0

    @contextmanager
    def of(self, limits: Limits) -> Iterator["Held"]:
        """Room for one body, given back at the end."""
        held = Held(self, limits.body_bytes)
        try:
            yield held
        finally:
            self.bytes -= held.bytes

    def take(self, size: int) -> None:
        """Add bytes that are held, or refuse them."""
        if self.bytes + size > self._most:
            raise busy("The API holds as many bodies as it has memory for; send this one again in a moment.")
        self.bytes += size


class Held:
    """One body's bytes in the room."""

    def __init__(self, room: Room, most: int) -> None:
        self._room, self._most, self.bytes = room, most, 0

    def add(self, size: int) -> None:
        """Take so many bytes more; 413 when the body is larger than a body may be, 503 when there is no room."""
        if self.bytes + size > self._most:
            raise Problem(
                413,
                "body-too-large",
                f"The body is larger than {self._most:,} bytes. Send several, or stream application/x-ndjson.",
            )
        self._room.take(size)
        self.bytes += size

    def become(self, size: int) -> None:
        """Hold an answer of so many bytes in place of the body. It is there, so it has room; the next body may not."""
        self._room.bytes += size - self.bytes
        self.bytes = size


def form_of(request: Request) -> Form:
    """Whether the body is JSON or ndjson; 415 where it is neither."""
    kind = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if kind in NDJSON:
        return "ndjson"
    if kind == JSON:
        return "json"
    message = f"The body is {shown(kind)!r}; send {JSON} or {NDJSON[0]}."
    raise Problem(
        415, "media-type", message, [Fault(field="Content-Type", value=shown(kind), message="unknown media type")]
    )


async def whole(request: Request, limits: Limits, held: Held) -> bytes:
    """The whole body; 408 where it takes longer than `limits.seconds` in all."""
    told = request.headers.get("content-length", "0")
    if told.isascii() and told.isdecimal() and int(told) > limits.body_bytes:
        held.add(int(told))
    found = []
    try:
        async with asyncio.timeout(limits.seconds):
            async for piece in pieces(request, limits):
                held.add(len(piece))
                found.append(piece)
    except TimeoutError:
        raise _slow(limits) from None
    return b"".join(found)


async def pieces(request: Request, limits: Limits) -> AsyncIterator[bytes]:
    """The body as it comes, decompressed.

    408 where nothing comes for `limits.seconds`, or too little for longer; 401 where its key is taken back meanwhile.
    """
    body: _Gunzip | _AsItIs = _Gunzip() if _is_gzip(request) else _AsItIs()
    stream = aiter(request.stream())
    patience = limits.seconds
    while True:
        began = time.monotonic()
        try:
            async with asyncio.timeout(patience):
                piece = await anext(stream, None)
        except TimeoutError:
            raise _slow(limits) from None
        if piece is None:
            break
        look(request.scope)
        patience -= time.monotonic() - began
        patience = min(limits.seconds, patience + len(piece) / limits.stream_rate)
        for part in body.pieces(piece):
            yield part
            await asyncio.sleep(0)  # what came may stand for a thousand parts: others have their turn
    body.end()


def _is_gzip(request: Request) -> bool:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", "gzip"):
        return encoding == "gzip"
    message = f"The body is encoded as {shown(encoding)!r}; send it as gzip, or as it is."
    fault = Fault(field="Content-Encoding", value=shown(encoding), message="unknown encoding")
    raise Problem(415, "encoding", message, [fault])


class _AsItIs:
    def pieces(self, piece: bytes) -> Iterator[bytes]:
        if piece:
            yield piece

    def end(self) -> None:
        """Nothing tells whether more should have come."""


class _Gunzip:
    """Decompresses step by step, so that a small body that stands for a huge one is refused before it is unpacked."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)
        self._is_within = False  # a member that has begun and not ended

    def pieces(self, piece: bytes) -> Iterator[bytes]:
        """What a piece holds, of however many members, together."""
        found = bytearray()
        while piece:
            if self._inflate.eof:
                piece = piece.lstrip(b"\0")  # members may be padded
                if not piece:
                    break
                self._inflate = zlib.decompressobj(wbits=31)
            try:
                found += self._inflate.decompress(piece, _PIECE)
            except zlib.error:
                yield bytes(found)
                raise Problem(400, "not-gzip", "The body says that it is gzip, and is not.") from None
            self._is_within = not self._inflate.eof
            piece = self._inflate.unused_data or self._inflate.unconsumed_tail
            if len(found) >= _PIECE:
                yield bytes(found)
                found.clear()
        if found:
            yield bytes(found)

    def end(self) -> None:
        """Refuse a body that was cut off."""
        if self._is_within:
            raise Problem(400, "not-gzip", "The body is gzip that ends too early: a part of it is missing.")


def _slow(limits: Limits) -> Problem:
    return Problem(
        408, "slow-body", f"The body did not come within {limits.seconds:g} s.", headers={"Connection": "close"}
    )
