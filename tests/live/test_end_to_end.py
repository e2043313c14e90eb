"""Replay, crawler, API, store: each is killed in turn, and afterwards every tweet is there once."""

import time
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from tests.labelling.made import rows
from tests.live.chain import SECONDS, Chain, killed, outcome
from tests.live.made_index import ids
from tests.live.nodes import Node, NoNode

pytestmark = pytest.mark.live


def test_into_a_directory(tmp_path: Path) -> None:
    chain = Chain(tmp_path, str(tmp_path / "store"))
    with chain.crawler("frame-sent:6") as crawler:
        with chain.api("before-commit:3") as api:  # half a batch is in the store
            assert killed(api)
        with chain.api():
            assert killed(crawler)  # stored and answered, and not written down
            with chain.crawler() as crawler:
                counts = outcome(crawler)
    assert (counts["received"], counts["waiting"], counts["refused"]) == (chain.records, 0, 0)
    assert [row["tweet_id"] for row in rows(tmp_path / "store")] == chain.ids


def test_into_an_index(own_node: Node, tmp_path: Path) -> None:
    try:
        own_node.start()
    except NoNode as why:
        pytest.skip(str(why))
    chain = Chain(tmp_path, f"{own_node.url}/tweets")
    with chain.crawler("frame-sent:6") as crawler:
        with chain.api("live-written:3") as api:  # the documents are there, and their batch is not known
            assert killed(api)
        with chain.api():
            assert killed(crawler)
            own_node.kill()
            with chain.crawler() as crawler:
                end = time.monotonic() + SECONDS
                while chain.received() < chain.records:
                    assert time.monotonic() < end, "the crawler does not take in what comes while the store is dead"
                    time.sleep(0.05)
                own_node.start()
                counts = outcome(crawler)
    assert (counts["received"], counts["waiting"], counts["refused"]) == (chain.records, 0, 0)
    with Elasticsearch(own_node.url) as client:
        assert ids(client, "tweets") == chain.ids
