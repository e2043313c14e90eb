"""What comes one by one, in blocks: each as large as may be, and none that keeps its first line waiting."""

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from typing import Any


class _Ended:
    """The end of what comes, by an error where there is one."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def blocks(lines: Iterable[Any], size: int, seconds: float) -> Iterator[list[Any]]:
    """Blocks of at most `size`, none of which is older than `seconds`; a thread reads the lines, a block ahead."""
    coming: queue.Queue[Any] = queue.Queue(size)
    left = threading.Event()
    threading.Thread(target=_read, args=(lines, coming, left), daemon=True, name="stream").start()
    try:
        last = None
        while not isinstance(last, _Ended):
            block = []
            last = coming.get()
            until = time.monotonic() + seconds
            with suppress(queue.Empty):
                while not isinstance(last, _Ended):
                    block.append(last)
                    if len(block) == size:
                        break
                    last = coming.get(timeout=max(until - time.monotonic(), 0.0))
            if block:
                yield block
        if last.error is not None:
            raise last.error
    finally:
        left.set()


def _read(lines: Iterable[Any], coming: "queue.Queue[Any]", left: threading.Event) -> None:
    try:
        for line in lines:
            if not _handed(line, coming, left):
                return
        _handed(_Ended(), coming, left)
    except BaseException as error:
        _handed(_Ended(error), coming, left)


def _handed(item: Any, coming: "queue.Queue[Any]", left: threading.Event) -> bool:
    while not left.is_set():
        with suppress(queue.Full):
            coming.put(item, timeout=0.5)
            return True
    return False


async def async_blocks(
    lines: Iterable[Any] | AsyncIterator[Any], size: int, seconds: float
) -> AsyncIterator[list[Any]]:
    """As `blocks`, in a task."""
    coming: asyncio.Queue[Any] = asyncio.Queue(size)
    reading = asyncio.create_task(_read_on(lines, coming))
    try:
        last = None
        while not isinstance(last, _Ended):
            block = []
            last = await coming.get()
            until = time.monotonic() + seconds
            with suppress(TimeoutError):
                while not isinstance(last, _Ended):
                    block.append(last)
                    if len(block) == size:
                        break
                    last = await _next(coming, until)
            if block:
                yield block
        if last.error is not None:
            raise last.error
    finally:
        reading.cancel()


async def _read_on(lines: Iterable[Any] | AsyncIterator[Any], coming: "asyncio.Queue[Any]") -> None:
    try:
        if isinstance(lines, AsyncIterator):
            async for line in lines:
                await coming.put(line)
        else:
            for line in lines:
                await coming.put(line)
        await coming.put(_Ended())
    except Exception as error:
        await coming.put(_Ended(error))


async def _next(coming: "asyncio.Queue[Any]", until: float) -> Any:
    """What comes next, or a TimeoutError."""
    if not coming.empty():
        return coming.get_nowait()
    return await asyncio.wait_for(coming.get(), max(until - time.monotonic(), 0.0))
