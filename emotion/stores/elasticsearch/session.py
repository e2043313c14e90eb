"""What a process keeps open towards a server: one client, and how fast it takes documents."""

import logging
import os
import secrets
from copy import copy
from functools import lru_cache
from typing import TYPE_CHECKING

from emotion.stores.elasticsearch.address import Address
from emotion.stores.elasticsearch.connect import connect
from emotion.stores.elasticsearch.pace import Pace
from emotion.stores.elasticsearch.patience import Patience, patience_seconds

if TYPE_CHECKING:
    from threading import Event

    from elasticsearch import Elasticsearch


class Session:
    """A client of a server and the pace that it was found to bear.

    `writer` tells this process from other writers, who look after each other's notes: this one when `looks_at` has
    come, in monotonic seconds, from the note after `looked` on.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # it tells of every try
        # Tries of its own would follow each other at once, which helps no busy server.
        self.client: Elasticsearch = connect(address, max_retries=0)
        self.pace = Pace()
        self.writer = secrets.token_hex(4)
        self.looks_at, self.looked = 0.0, ""
        self._seconds: float | None = None
        self._stopped: Event | None = None

    def hasty(self, seconds: float, stopped: "Event | None" = None) -> "Session":
        """The same client, with so much patience, and none once it is `stopped`."""
        other = copy(self)
        other._seconds, other._stopped = seconds, stopped
        return other

    def patience(self, stopped: "Event | None" = None) -> Patience:
        """Patience for one call or chunk."""
        seconds = patience_seconds() if self._seconds is None else self._seconds
        return Patience(self.address, seconds, stopped or self._stopped)


def session(address: Address) -> Session:
    """The session of this process with a server."""
    return _session(address, os.getpid())


@lru_cache(maxsize=8)
def _session(address: Address, _process: int) -> Session:
    return Session(address)
