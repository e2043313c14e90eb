"""A crawler that labels into an index by itself: what it does when the index fails."""

from collections.abc import Callable
from pathlib import Path

import pytest

from emotion.crawling.targets import Again, Renamed, Unwilling
from emotion.crawling.to_store import StoreTarget
from emotion.errors import EmotionError, NumberTaken, StoreError, StoreRefusal
from emotion.stores.protocol import Written
from tests.crawling.made import raw
from tests.labelling.made import write_bundle

ADDRESS = "http://127.0.0.1:9200/tweets"


class Index:
    """Takes a batch, or fails."""

    def __init__(self, error: EmotionError | None = None) -> None:
        self.error = error

    def write(self, *_: object) -> Written:
        if self.error is not None:
            raise self.error
        return Written(1, 0)

    def close(self) -> None:
        """Nothing is held."""


Start = Callable[..., StoreTarget]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """A target that finds these indices, one each time that it is opened."""

    def started(*found: Index | EmotionError, is_known: bool = False) -> StoreTarget:
        indices = list(found)

        def opened(*_: object) -> Index:
            if isinstance(index := indices.pop(0), EmotionError):
                raise index
            return index

        monkeypatch.setattr("emotion.crawling.to_store.open_live", opened)
        return StoreTarget(ADDRESS, write_bundle(tmp_path / "model"), "exact", None, 1, is_known=is_known)

    return started


def test_an_index_that_was_removed_is_opened_anew(start: Start) -> None:
    target = start(Index(StoreError("The index was removed.")), Index())
    with pytest.raises(Again, match="was removed"):
        target.send("s", 1, [raw(1)])
    assert target.send("s", 1, [raw(1)]).labelled == 1
    target.close()


def test_an_index_that_is_away_when_a_crawl_goes_on_is_waited_for(start: Start) -> None:
    target = start(StoreError("Nothing answers there."), Index(), is_known=True)
    with pytest.raises(Again, match="Nothing answers"):
        target.send("s", 1, [raw(1)])
    assert target.send("s", 1, [raw(1)]).labelled == 1


def test_an_index_that_is_not_there_when_a_crawl_begins_ends_it(start: Start) -> None:
    with pytest.raises(StoreError, match="Nothing answers"):
        start(StoreError("Nothing answers there."))


def test_other_records_under_a_number_are_to_be_sent_under_another_name(start: Start) -> None:
    with pytest.raises(Renamed, match="other records"):
        start(Index(NumberTaken("The store holds other records as batch 1 of s."))).send("s", 1, [raw(1)])


def test_what_an_index_refuses_for_good_is_told_as_that_and_it_is_opened_anew(start: Start) -> None:
    target = start(Index(StoreRefusal("The server lets nobody in.")), Index())
    with pytest.raises(Unwilling, match="lets nobody in"):
        target.send("s", 1, [raw(1)])
    assert target.send("s", 1, [raw(1)]).labelled == 1
