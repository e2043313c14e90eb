"""What all requests of one API share."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from fastapi import Request

from emotion.serving.api.metrics import Metrics
from emotion.serving.api.receiving import Room
from emotion.serving.api.served import Models
from emotion.serving.api.settings import ApiSettings
from emotion.serving.keys import Keys
from emotion.stores.live.batch import Labelled
from emotion.stores.protocol import Written

Numbers = Callable[[], Awaitable[bytes]]


class Writes(Protocol):
    """Takes what is to be stored; returns, when it is durable, what became of it.

    It raises `Busy` at once when as many batches wait as may, and `Stuck` when the store does not get on with one.
    """

    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written: ...


@dataclass
class Api:
    """The parts of an API; `writes` is who stores where `store=true`, if anybody does, `everywhere` the numbers of all
    replicas where there are others."""

    models: Models
    settings: ApiSettings
    metrics: Metrics
    keys: Keys | None
    writes: Writes | None
    everywhere: Numbers | None = None
    room: Room = field(init=False)
    streams: int = 0
    asked: int = 0  # questions that are being answered or wait
    questions: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        limits = self.settings.limits
        self.room = Room(limits.held_bytes)
        self.metrics.held.set_function(lambda: self.room.bytes)
        self.questions = asyncio.Semaphore(limits.questions)

    async def numbers(self) -> bytes:
        """What was counted, as Prometheus reads it."""
        return self.metrics.text() if self.everywhere is None else await self.everywhere()


def api_of(request: Request) -> Api:
    """The API that a request has come to."""
    api: Api = request.app.state.api
    return api
