"""Sources and targets that do as they are told."""

import threading
from collections.abc import Iterator, Sequence

import orjson

from emotion.crawling.targets import Again, Receipt, Refused
from emotion.tweets.live.source import Event, Item
from tests.tweets.made import status


def raw(n: int) -> bytes:
    """A status."""
    return orjson.dumps(status(n))


class Given:
    """Gives the items that it is told; its cursors are their places, and it goes on after one."""

    name = "given"

    def __init__(
        self, items: Sequence[Item | int | BaseException], endless: bool = False, repeats: bool = False
    ) -> None:
        self.endless, self.repeats = endless, repeats
        self.asked: list[str | None] = []
        self.most: int | None = None
        self.given = 0
        self.closed = threading.Event()
        self._items = items

    def read(self, cursor: str | None, most: int | None = None) -> Iterator[Item]:
        """The items after the cursor; a number stands for a status."""
        self.asked.append(cursor)
        self.most = most
        for place in range(int(cursor or 0), len(self._items)):
            item = self._items[place]
            if self.closed.is_set():
                return
            if isinstance(item, BaseException):
                raise item
            self.given += 1
            yield Event(raw(item), str(place + 1)) if isinstance(item, int) else item
        if self.endless:
            self.closed.wait()

    def close(self) -> None:
        """End reading."""
        self.closed.set()


class Taking:
    """Keeps what it is sent by key; fails as often as told, refuses records with `poison` and more than `most`."""

    name = "taking"

    def __init__(self, fails: int = 0, poison: bytes | None = None, most: int = 10_000) -> None:
        self.kept: dict[tuple[str, int], list[bytes]] = {}
        self.sends = 0
        self.is_closed = False
        self.up = threading.Event()
        self.up.set()
        self._fails = fails
        self._poison, self._most = poison, most

    @property
    def records(self) -> list[bytes]:
        """All records, in the order of their keys."""
        return [record for key in sorted(self.kept) for record in self.kept[key]]

    @property
    def ids(self) -> list[int]:
        """Ids of all statuses."""
        return [orjson.loads(record)["id"] for record in self.records]

    def send(self, source: str, sequence: int, records: Sequence[bytes]) -> Receipt:
        """Keep the records, or fail."""
        self.sends += 1
        if not self.up.is_set():
            raise Again("down")
        if self.sends <= self._fails:
            raise Again("not yet")
        if self._poison is not None and any(self._poison in record for record in records):
            raise Refused("poison")
        if len(records) > self._most:
            raise Refused("too many")
        self.kept.setdefault((source, sequence), list(records))
        return Receipt(labelled=len(records))

    def close(self) -> None:
        """Note it."""
        self.is_closed = True
