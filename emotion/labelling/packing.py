"""Small splits packed into items of work: each costs the driver of a cluster some milliseconds, whatever is in it."""

from collections.abc import Sequence

from emotion.labelling.work import Task

ITEM_BYTES = 16 << 20
FILE_BYTES = 128 << 10  # opening a file, writing a part and committing it take about as long as reading so much
ITEMS_A_WORKER = 4  # at least, where there is enough to read: a worker that has ended finds more to do


def pack(tasks: Sequence[Task], workers: int) -> list[list[Task]]:
    """Items of at most `ITEM_BYTES`, or of one split; the longest item first, and in it the longest split."""
    longest_first = sorted(tasks, key=_cost, reverse=True)
    room = min(ITEM_BYTES, sum(map(_cost, tasks)) // (ITEMS_A_WORKER * workers))
    items: list[list[Task]] = []
    filled = room
    for task in longest_first:
        if filled + _cost(task) > room:
            items.append([])
            filled = 0
        items[-1].append(task)
        filled += _cost(task)
    return sorted(items, key=lambda item: sum(map(_cost, item)), reverse=True)


def _cost(task: Task) -> int:
    return task.size + FILE_BYTES
