"""What is sent again is sent in requests of the size that the server takes then."""

from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError

from emotion.errors import StoreError, StoreRefusal
from emotion.stores.elasticsearch.address import Address
from emotion.stores.elasticsearch.bulk import Outcome, put, send
from emotion.stores.elasticsearch.pace import MOST_IN_FLIGHT, Pace
from emotion.stores.elasticsearch.patience import Patience

KILOBYTE = 1 << 10


class Server:
    """A session whose server takes requests up to a size, and says why it takes no larger ones."""

    def __init__(self, most: int, status: int) -> None:
        self.client, self.pace, self._most, self._status = self, Pace(), most, status
        self.sizes: list[int] = []

    def patience(self, stopped: Any = None) -> Patience:
        return Patience(Address("http://h:9200", "tweets"), 60, stopped)

    def bulk(self, *, operations: list[bytes], **_: Any) -> Any:
        self.sizes.append(len(operations[0]))
        if len(operations[0]) > self._most:
            node = NodeConfig("http", "h", 9200)
            raise ApiError("no", ApiResponseMeta(self._status, "1.1", HttpHeaders(), 0.1, node), {"error": "too much"})
        many = operations[0].count(b'"_id"')
        return {"items": [{"index": {"status": 201, "result": "created"}}] * many}


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotion.stores.elasticsearch.patience._FIRST", 0.001)


def sent(server: Server, documents: int, size: int = KILOBYTE) -> Outcome:
    return send(server, "tweets-v000001", (put(row, str(row), b"x" * size, 1) for row in range(documents)))  # type: ignore[arg-type]


def test_what_is_too_much_at_once_is_sent_in_smaller_requests() -> None:
    server = Server(200 * KILOBYTE, 429)
    assert sent(server, 1000).created == 1000
    assert len([size for size in server.sizes if size > 200 * KILOBYTE]) < 10


def test_a_limit_that_was_met_is_kept_to() -> None:
    server = Server(300 * KILOBYTE, 413)
    assert sent(server, 6000).created == 6000
    refused = [size for size in server.sizes if size > 300 * KILOBYTE]
    assert 0 < len(refused) <= 3 * MOST_IN_FLIGHT
    server.sizes.clear()
    assert sent(server, 6000).created == 6000
    assert max(server.sizes) <= 300 * KILOBYTE


def test_the_one_document_that_is_too_large_is_told_of_and_the_others_are_sent() -> None:
    server = Server(300 * KILOBYTE, 413)
    sizes = [KILOBYTE] * 10 + [400 * KILOBYTE] + [KILOBYTE] * 10
    actions = [put(row, str(row), b"x" * size, 1) for row, size in enumerate(sizes)]
    outcome = send(server, "tweets-v000001", actions)  # type: ignore[arg-type]
    assert outcome.created == 20
    assert list(outcome.refused) == [10]


class Denying(Server):
    """Answers each document with this error."""

    def __init__(self, status: int, kind: str) -> None:
        super().__init__(1 << 30, 429)
        self._answer = {"index": {"status": status, "error": {"type": kind, "reason": "not so"}}}

    def bulk(self, *, operations: list[bytes], **_: Any) -> Any:
        return {"items": [self._answer] * operations[0].count(b'"_id"')}


@pytest.mark.parametrize(
    ("status", "kind", "becomes"),
    [
        (403, "security_exception", StoreRefusal),
        (403, "cluster_block_exception", StoreError),
        (404, "index_not_found_exception", StoreError),
    ],
)
def test_who_may_not_write_is_refused_for_good(status: int, kind: str, becomes: type[StoreError]) -> None:
    with pytest.raises(StoreError, match="takes no documents") as failure:
        sent(Denying(status, kind), 3)
    assert failure.type is becomes
