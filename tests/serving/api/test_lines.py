"""Streams of lines: cut into blocks, answered in order, without going round and round."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from emotion.serving.api.lines import blocks, in_order


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
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"on", b"e\ntwo\n\nthr", b"ee", b"xxxxxx\nfour"):
            yield piece

    async def main() -> list[list[bytes | None]]:
        return [block async for block in blocks(pieces(), 6)]

    assert asyncio.run(main()) == [[b"one", b"two"], [None], [b"four"]]
