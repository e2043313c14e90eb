"""Pauses between tries end when there is nobody left to try for."""

import threading
from typing import Any

import pytest

from emotion.errors import StoreError
from emotion.stores.elasticsearch.address import Address
from emotion.stores.elasticsearch.patience import Patience, patiently

ADDRESS = Address("http://h:9200", "tweets")


class Stopping(threading.Event):
    """Set while it is waited for."""

    def wait(self, timeout: float | None = None) -> bool:
        """As after Ctrl-C."""
        self.set()
        return True


def test_what_was_stopped_while_it_waited_asks_no_more() -> None:
    from elasticsearch import ConnectionError

    asked = []

    def call() -> Any:
        asked.append(1)
        raise ConnectionError("refused")

    with pytest.raises(StoreError, match="was not asked again, as others have stopped: nothing answers there"):
        patiently(Patience(ADDRESS, 60, Stopping()), call)
    assert len(asked) == 1
