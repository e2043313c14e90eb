"""Questions to the store beside the event loop: so many at a time, and none longer than anybody waits for it."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from emotion.serving.api.problems import away, busy
from emotion.serving.api.state import Api
from emotion.stores.protocol import Haste, Queries

_AGAIN = 0.5  # seconds until a question that was given up and goes on is told once more


async def answered(api: Api, opened: Callable[[Haste], Queries], ask: Callable[[Queries], Any]) -> bytes:
    """The answer as JSON; 503 where there are too many questions, or where it takes longer than a question may.

    The store is opened anew each time, so that an answer holds what is there now.
    """
    limits = api.settings.limits
    if api.asked >= limits.questions + limits.waiting:
        raise busy("As many questions to the store are being answered as are let; ask again in a moment.")
    work = _Work(opened, ask, Haste(limits.seconds))
    api.asked += 1
    asking = asyncio.create_task(_in_turn(api, work))
    asking.add_done_callback(_heard)
    try:
        done, _ = await asyncio.wait({asking}, timeout=limits.seconds)
    finally:
        if not asking.done():
            work.give_up()
    if not done:
        raise away(f"The store took longer than {limits.seconds:g} s; ask again, or for less.")
    return asking.result()


class _Work:
    """A question in its thread; it ends with a StoreError soon after it was given up, and does not begin any more."""

    def __init__(self, opened: Callable[[Haste], Queries], ask: Callable[[Queries], Any], haste: Haste) -> None:
        self._opened = opened
        self._ask = ask
        self._haste = haste
        self._queries: Queries | None = None

    @property
    def is_given_up(self) -> bool:
        return self._haste.given_up.is_set()

    def __call__(self) -> bytes:
        self._haste.check()
        with self._opened(self._haste) as queries:
            self._queries = queries
            self._haste.check()
            return orjson.dumps(self._ask(queries), option=orjson.OPT_UTC_Z)

    def give_up(self) -> None:
        self._haste.given_up.set()
        if self._queries is not None:
            self._queries.give_up()


async def _in_turn(api: Api, work: _Work) -> bytes:
    """A thread cannot be stopped: its place is free again when it is done, not when nobody waits any more."""
    try:
        async with api.questions:
            thread = asyncio.create_task(asyncio.to_thread(work))
            while not (await asyncio.wait({thread}, timeout=_AGAIN))[0]:
                if work.is_given_up:
                    work.give_up()
            return thread.result()
    finally:
        api.asked -= 1


def _heard(asking: "asyncio.Task[bytes]") -> None:
    """What became of it is known, though nobody may ask."""
    if not asking.cancelled():
        asking.exception()
