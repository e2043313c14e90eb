"""Streams of lines: cut into blocks, answered in order, without going round and round."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from emotion.serving.api.lines import blocks, in_order
from emotion.serving.api.problems import Problem
from emotion.serving.api.receiving import pieces
from emotion.serving.api.settings import Limits
from emotion.tweets.stretches import Lost, Raw


async def taken(*items: int) -> AsyncIterator[int]:
    for item in items:
        yield item


def test_answers_come_in_order_while_later_ones_are_ready_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two answers it waits; the event loop has others to serve."""
    wait, looks = asyncio.wait, list[int]()

    async def counted(*given: Any, **named: Any) -> Any:
        looks.append(1)
        return await wait(*given, **named)

    monkeypatch.setattr(asyncio, "wait", counted)

    async def main() -> list[int]:
        turns = 0

        async def work(item: int) -> int:
            nonlocal turns
            if item == 0:
                while turns < 1000:  # the others are done long before
                    turns += 1
                    await asyncio.sleep(0)
            return item

        async with aclosing(in_order(taken(0, 1, 2, 3, 4, 5), work)) as answers:  # type: ignore[type-var]  # a generator
            return [answer async for answer in answers]

    assert asyncio.run(main()) == [0, 1, 2, 3, 4, 5]
    assert len(looks) < 20


def test_no_more_blocks_are_taken_than_are_worked_on_ahead() -> None:
    async def main() -> None:
        begun: list[int] = []
        free = asyncio.Event()

        async def work(item: int) -> int:
            begun.append(item)
            await free.wait()
            return item

        async with aclosing(in_order(taken(*range(9)), work, ahead=3)) as answers:  # type: ignore[type-var]  # as above
            answer = asyncio.ensure_future(anext(answers))
            await asyncio.sleep(0.05)
            assert begun == [0, 1, 2]
            free.set()
            assert await answer == 0
            assert [each async for each in answers] == [1, 2, 3, 4, 5, 6, 7, 8]

    asyncio.run(main())


def test_where_the_lines_fail_what_was_taken_is_answered_first() -> None:
    async def failing() -> AsyncIterator[int]:
        yield 0
        yield 1
        raise ValueError("cut off")

    async def work(item: int) -> int:
        await asyncio.sleep(0.01)
        return item

    async def main() -> None:
        async with aclosing(in_order(failing(), work)) as answers:  # type: ignore[type-var]  # as above
            assert [await anext(answers), await anext(answers)] == [0, 1]
            with pytest.raises(ValueError, match="cut off"):
                await anext(answers)

    asyncio.run(main())


def test_lines_are_cut_wherever_pieces_end() -> None:
    async def cut() -> AsyncIterator[bytes]:
        for piece in (b"on", b"e\ntwo\n\nthr", b"ee", b"xxxxxx\nfour"):
            yield piece

    async def main() -> list[list[Raw]]:
        return [block async for block in blocks(cut(), 6)]

    assert asyncio.run(main()) == [[b"one", b"two"], [Lost("line longer than 6 bytes", b"")], [b"four"]]


async def unpacked(packed: bytes) -> AsyncIterator[bytes]:
    """A body of gzip as the API reads it."""

    async def receive() -> Message:
        return {"type": "http.request", "body": packed, "more_body": False}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-encoding", b"gzip")]}
    async for piece in pieces(Request(scope, receive), Limits()):
        yield piece


def test_a_line_that_does_not_end_is_not_copied_for_each_piece_of_it() -> None:
    async def bits() -> AsyncIterator[bytes]:
        for _ in range(150_000):
            yield b"joyjoy"

    async def main() -> list[list[Raw]]:
        return [block async for block in blocks(bits(), 1 << 20)]

    began = time.process_time()
    assert asyncio.run(main()) == [[b"joyjoy" * 150_000]]
    assert time.process_time() - began < 3  # where each piece copies what came before, half a minute


def test_short_members_of_a_gzip_come_together() -> None:
    async def main() -> list[bytes]:
        return [piece async for piece in unpacked(gzip.compress(b"x") * 3000)]

    assert asyncio.run(main()) == [b"x" * 3000]


def test_what_comes_before_damage_is_read() -> None:
    async def main() -> None:
        found = unpacked(gzip.compress(b"x") * 2 + b"damage" * 5)
        assert await anext(found) == b"xx"
        with pytest.raises(Problem, match="and is not"):
            await anext(found)

    asyncio.run(main())


def test_others_have_their_turn_while_a_small_body_is_unpacked_to_a_large_one() -> None:
    async def main() -> int:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        waiting = asyncio.ensure_future(others())
        assert [block async for block in blocks(unpacked(gzip.compress(b"\n" * (8 << 20))), 100)] == []
        waiting.cancel()
        return turns

    assert asyncio.run(main()) > 100
