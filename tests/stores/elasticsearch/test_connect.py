import socket
from typing import Any

import pytest

from emotion.errors import StoreError, StoreRefusal
from emotion.stores.elasticsearch.address import address
from emotion.stores.elasticsearch.connect import connect, explained, meet
from tests.stores.elasticsearch.made_server import recording

PRODUCT = {"X-Elastic-Product": "Elasticsearch"}


def info(version: str) -> dict[str, Any]:
    return {"version": {"number": version}, "tagline": "You Know, for Search"}


def test_servers_of_the_majors_that_the_client_speaks_with_are_met() -> None:
    for version in ("8.0.0", "8.19.2", "9.5.3"):
        with recording({"GET /": (200, info(version))}, PRODUCT) as server:
            where = address(f"{server.url}/tweets", {})
            with connect(where) as client:
                assert meet(client, where) == version


@pytest.mark.parametrize("version", ["7.17.0", "10.0.0", "x"])
def test_another_version_is_a_sentence(version: str) -> None:
    with recording({"GET /": (200, info(version))}, PRODUCT) as server:
        where = address(f"{server.url}/tweets", {})
        with connect(where) as client, pytest.raises(StoreRefusal, match=f"is Elasticsearch {version}; this program"):
            meet(client, where)


@pytest.mark.parametrize("said", [{"hello": 1}, "<html>"])
def test_what_is_no_elasticsearch_is_a_sentence(said: Any) -> None:
    with recording({"GET /": (200, said)}) as server:
        where = address(f"{server.url}/tweets", {})
        with connect(where) as client, pytest.raises(StoreError, match="is not Elasticsearch; check the address"):
            meet(client, where)


def test_nothing_there_is_a_sentence_that_says_why() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        where = address(f"http://127.0.0.1:{taken.getsockname()[1]}/tweets", {})
        with connect(where, max_retries=0) as client, pytest.raises(StoreError) as failure:
            meet(client, where)
    assert str(failure.value).startswith(f"Nothing answers at {where.url}: ")
    assert "refused" in str(failure.value)
    assert "0x" not in str(failure.value)


def test_a_server_that_keeps_silent_is_a_sentence() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        where = address(f"http://127.0.0.1:{silent.getsockname()[1]}/tweets", {})
        options = {"max_retries": 0, "request_timeout": 0.2}
        with connect(where, **options) as client, pytest.raises(StoreError, match="did not answer in time"):
            meet(client, where)


ERROR = {"error": {"type": "x", "reason": "outer", "root_cause": [{"reason": "inner [x]."}]}}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, r"answered 400: inner \[x\]\."),
        (401, "lets nobody in without"),
        (403, r"does not allow this user or key to do it: inner \[x\]\."),
        (404, r"has no tweets: inner"),
        (429, r"has too much to do: inner \[x\]\. Try again later"),
        (503, "answered 503: inner"),
    ],
)
def test_each_refusal_is_one_sentence(status: int, said: str) -> None:
    with recording({"GET /": (200, info("9.5.3")), "POST /tweets/_search": (status, ERROR)}, PRODUCT) as server:
        where = address(f"{server.url}/tweets", {})
        with connect(where, max_retries=0) as client, pytest.raises(StoreError, match=said), explained(where):
            client.search(index="tweets", query={"match_all": {}})


BLOCKED = {"error": {"type": "cluster_block_exception", "reason": "blocked"}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, ERROR, StoreError),
        (401, ERROR, StoreRefusal),
        (403, ERROR, StoreRefusal),
        (403, BLOCKED, StoreError),
        (404, ERROR, StoreError),
        (429, ERROR, StoreError),
        (503, ERROR, StoreError),
    ],
)
def test_only_what_waiting_does_not_mend_is_a_refusal(status: int, body: Any, kind: type[StoreError]) -> None:
    with recording({"GET /": (200, info("9.5.3")), "POST /tweets/_search": (status, body)}, PRODUCT) as server:
        where = address(f"{server.url}/tweets", {})
        with connect(where, max_retries=0) as client, pytest.raises(StoreError) as failure, explained(where):
            client.search(index="tweets", query={"match_all": {}})
    assert failure.type is kind


def test_a_blocked_server_is_told_as_that() -> None:
    """As where its disk is full: nothing is wrong with the user or the key."""
    blocked = {
        "error": {"type": "cluster_block_exception", "reason": "blocked by: [FORBIDDEN/10/create-index blocked];"}
    }
    with recording({"GET /": (200, info("9.5.3")), "POST /tweets/_search": (403, blocked)}, PRODUCT) as server:
        where = address(f"{server.url}/tweets", {})
        with (
            connect(where) as client,
            pytest.raises(StoreError, match="takes nothing now: blocked by"),
            explained(where),
        ):
            client.search(index="tweets", query={"match_all": {}})


def test_what_is_sent_is_compressed_and_whole() -> None:
    with recording({"PUT /_bulk": (200, {"items": []})}, PRODUCT) as server:
        with connect(address(f"{server.url}/tweets", {})) as client:
            client.bulk(operations=[b'{"index":{}}\n{"text":"day"}'])  # type: ignore[list-item]  # bytes pass
        (_, _, headers, body) = server.asked[0]
    assert (headers["content-encoding"], body) == ("gzip", b'{"index":{}}\n{"text":"day"}\n')
