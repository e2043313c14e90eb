"""Small splits are packed into items, so that a cluster's driver is not kept busy by their number."""

from hypothesis import given
from hypothesis import strategies as st

from emotion.labelling.manifest import Start
from emotion.labelling.packing import ITEM_BYTES, ITEMS_A_WORKER, pack
from emotion.labelling.work import Task
from emotion.tweets.files import ArchiveFile
from emotion.tweets.splits import Split

MIB = 1 << 20


def tasks(sizes: list[int]) -> list[Task]:
    return [
        Task(ArchiveFile(f"/{n}.jsonl", f"{n}.jsonl", size, 0, ""), Split(n, 0), Start("job", 0))
        for n, size in enumerate(sizes)
    ]


def sizes(items: list[list[Task]]) -> list[list[int]]:
    return [[task.size for task in item] for item in items]


def test_a_hundred_thousand_tiny_files_are_some_hundred_items() -> None:
    items = pack(tasks([2000] * 100_000), workers=8)
    assert 500 < len(items) < 1000
    assert max(map(len, items)) <= 2 * min(map(len, items[:-1]))


def test_splits_as_large_as_an_item_go_alone_and_the_longest_first() -> None:
    found = sizes(pack(tasks([MIB, 64 * MIB, 20 * MIB, 64 * MIB, 3 * MIB]), workers=1))
    assert found == [[64 * MIB], [64 * MIB], [20 * MIB], [3 * MIB, MIB]]


def test_few_small_files_keep_all_workers_busy() -> None:
    assert sizes(pack(tasks([5000] * 8), workers=2)) == [[5000]] * 8
    assert len(pack(tasks([5000] * 100), workers=8)) >= ITEMS_A_WORKER * 8
    assert sizes(pack(tasks([0]), workers=4)) == [[0]]
    assert pack([], workers=4) == []


@given(st.lists(st.integers(0, 40 * MIB), max_size=60), st.integers(1, 16))
def test_each_split_is_in_one_item_none_too_large_and_none_too_small(found: list[int], workers: int) -> None:
    items = pack(tasks(found), workers)
    assert sorted(task.split.file for item in items for task in item) == list(range(len(found)))
    longest = [sum(task.size for task in item) for item in items]
    assert all(len(item) == 1 or size <= ITEM_BYTES for item, size in zip(items, longest, strict=True))
    largest_share = sum(found) / ITEMS_A_WORKER / workers + ITEM_BYTES / 4
    assert all(len(item) == 1 or size <= largest_share for item, size in zip(items, longest, strict=True))


def test_the_sizes_of_a_file_s_splits_are_together_the_file_s() -> None:
    file = ArchiveFile("/a.json.bz2", "a.json.bz2", 1000, 0, "bz2")
    bits = [Split(0, 0, 0, 2400, "bits"), Split(0, 1, 2400, 5600, "bits"), Split(0, 2, 5600, None, "bits")]
    assert [Task(file, split, Start("job", 0)).size for split in bits] == [300, 400, 300]
    assert Task(file, Split(0, 0, 300, None, "bytes"), Start("job", 0)).size == 700
    assert Task(file, Split(0, 0), Start("job", 0)).size == 1000
