"""What the programs that are run by hand find, and that what they try is still there."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.by_hand import guided
from tests.by_hand.endurance import MIB, faults, stored
from tests.by_hand.endurance_chain import KEPT, Feed, Look
from tests.made_store import NOON, Made, add_part, make_store

MINUTES = range(10)


def looks(role: str, sizes: list[int], handles: list[int]) -> list[Look]:
    return [Look(60.0 * minute, role, sizes[minute] * MIB, handles[minute], 5) for minute in MINUTES]


@pytest.mark.parametrize(
    ("sizes", "handles", "said"),
    [
        ([100] * 10, [30] * 10, None),
        ([20, 40, *[100] * 8], [5, 9, *[30] * 8], None),
        ([100 + 10 * minute for minute in MINUTES], [30] * 10, "replica grew from"),
        ([100] * 10, [30 + 3 * minute for minute in MINUTES], "replica has more handles"),
    ],
)
def test_what_grows_to_the_end_is_a_fault_and_what_grows_while_it_starts_is_none(
    sizes: list[int], handles: list[int], said: str | None
) -> None:
    found = faults(looks("replica", sizes, handles))
    assert found == [] if said is None else [fault for fault in found if said in fault]


def test_a_process_that_was_not_there_all_the_time_is_a_fault() -> None:
    every = looks("replica", [100] * 10, [30] * 10)
    found = faults([*every, *looks("crawler", [100] * 10, [30] * 10)[:6]])
    assert found == ["crawler was not there all the time"]


def test_documents_are_counted_in_months_and_where_they_wait(tmp_path: Path) -> None:
    store = make_store(tmp_path / "store", [Made("1", "a", "joy", at=NOON), Made("2", "b", "joy", at=NOON)])
    add_part(store, "000000-00000-00000", [Made("2", "b", "joy", at=NOON), Made("3", "c", "joy", at=NOON)])
    assert stored(store) == (4, 3)


def test_a_feed_is_whole_through_its_names_and_keeps_a_few(tmp_path: Path) -> None:
    with closing(Feed(tmp_path / "feed")) as feed:
        for count in (5, 1, 1, 1, 1):
            feed.append(count)
            feed.rename()
    files = sorted(path.name for path in (tmp_path / "feed").iterdir())
    assert files == ["events.jsonl", *(f"events.jsonl.000{number}" for number in range(3, 3 + KEPT))]
    assert feed.written == 9


@pytest.mark.parametrize("name", guided.PROPERTIES)
def test_each_property_that_is_fuzzed_takes_bytes(name: str) -> None:
    guided.prop(guided.PROPERTIES[name])(bytes(range(256)))


def test_each_seed_of_the_fuzzer_is_a_file_that_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    guided.write_seeds(tmp_path)
    seeds = sorted(tmp_path.glob("seed-*"))
    read = guided.files()
    for seed in seeds:
        read(seed.read_bytes())
    assert len(seeds) >= 4
