"""The order of parts, whatever their numbers."""

import random
from pathlib import Path

import pytest

from emotion.errors import JobError
from emotion.stores.finish import Totals, finish
from emotion.stores.finish.accounts import check_commits
from emotion.stores.ledger import Counts, Ledger, in_manifest_order, keys_in_order, part_key
from emotion.stores.queries.files import pending_files
from tests.stores.parts import Parts, Row, finished_rows

MANY = 100_002


def commits(number: int) -> list[Counts]:
    return [
        Counts(part_key(0, 0, part), "days.tar.gz", 0, 0, part, part == number - 1, 1, 1, 0, 0)
        for part in range(number)
    ]


def test_a_split_may_have_more_than_a_hundred_thousand_parts() -> None:
    found = commits(MANY)
    random.Random(3).shuffle(found)
    check_commits(in_manifest_order(found))
    found.remove(next(commit for commit in found if commit.part == 10_001))
    with pytest.raises(JobError, match="not number 10001"):
        check_commits(in_manifest_order(found))


def test_keys_are_in_manifest_order_however_long_their_numbers_grow() -> None:
    places = [
        (0, 0, 9),
        (0, 0, 99_999),
        (0, 0, 100_000),
        (0, 99_999, 0),
        (0, 100_000, 0),
        (999_999, 0, 0),
        (1_000_000, 0, 0),
    ]
    keys = [part_key(*place) for place in places]
    assert keys_in_order(reversed(keys)) == keys


@pytest.mark.parametrize(
    ("first", "second"), [((999_999, 0), (1_000_000, 0)), ((0, 99_999), (0, 100_000))], ids=["files", "splits"]
)
def test_of_two_copies_the_first_stays_however_long_their_numbers_grow(
    tmp_path: Path, first: tuple[int, int], second: tuple[int, int]
) -> None:
    parts = Parts(tmp_path / "store")
    for file, split in (second, first):
        parts.add(file, [Row("a", user=str(split))], split=split)
    keys = [part_key(*first, 0), part_key(*second, 0)]
    assert list(Ledger(parts.root / "_job").pending()) == keys
    assert [path.stem for path in pending_files(parts.root)] == keys
    assert finish(parts.root) == Totals(documents=1, duplicates=1, removed=0, folded=0, labelled=2)
    ((kept,),) = finished_rows(parts.root).values()
    assert (kept["source"], kept["user_id"]) == (f"file{first[0]}.jsonl", str(first[1]))
    assert [commit.key for commit in Ledger(parts.root / "_job").finished()] == keys
    finish(parts.root)
