"""Documents by their ids, of an index that may have gone."""

import time
from typing import Any

import pytest

from emotion.errors import StoreError
from emotion.stores.elasticsearch.address import address
from emotion.stores.elasticsearch.paging import get_many
from emotion.stores.elasticsearch.session import session
from tests.stores.elasticsearch.made_server import recording

PRODUCT = {"X-Elastic-Product": "Elasticsearch"}


def answers(*docs: dict[str, Any]) -> dict[str, tuple[int, Any]]:
    return {"POST /tweets-job-live/_mget": (200, {"docs": docs})}


def test_an_index_that_was_removed_is_not_waited_for() -> None:
    gone = {"_id": "1", "error": {"type": "index_not_found_exception", "reason": "no such index"}}
    began = time.monotonic()
    with recording(answers(gone), PRODUCT) as server:
        asked = session(address(f"{server.url}/tweets", {})).hasty(5)
        with pytest.raises(StoreError, match="The index tweets-job-live was removed"):
            get_many(asked, "tweets-job-live", ["1"])
    assert time.monotonic() - began < 5


def test_a_shard_that_is_away_is_waited_for() -> None:
    away = {"_id": "1", "error": {"type": "no_shard_available_action_exception", "reason": "no shard"}}
    with recording(answers(away), PRODUCT) as server:
        asked = session(address(f"{server.url}/tweets", {})).hasty(0.3)
        with pytest.raises(StoreError, match=r"took nothing for 0 s: it cannot look for a document, no shard"):
            get_many(asked, "tweets-job-live", ["1"])
