"""A hundred damaged archives, of the ten thousand and more of `make fuzz`."""

from pathlib import Path

import pytest

from emotion.tweets.sample import write_sample
from tests.by_hand import fuzz


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    write_sample(folder / "sample", tweets=300)
    return folder


def test_damaged_archives_are_read_to_their_end(folder: Path) -> None:
    found = fuzz.read_chunk(range(100), folder)
    assert len({kind for _, kind, _ in found}) > 5
    assert [one for one in found if one[2]] == []


def test_a_record_that_is_told_of_by_nobody_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = fuzz.told
    monkeypatch.setattr(fuzz, "told", lambda part: told(part) - len(part.dead_letters))
    assert "a part does not balance" in {fault for _, _, fault in fuzz.read_chunk(range(20), folder)}
