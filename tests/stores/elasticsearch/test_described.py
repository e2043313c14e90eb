"""What an index says of the store that it belongs to."""

from typing import Any

import pytest

from emotion.errors import StoreError
from emotion.stores.described import describe as made
from emotion.stores.opening import describe
from tests.stores.elasticsearch.made_server import recording

PRODUCT = {"X-Elastic-Product": "Elasticsearch"}
HELD = {"version": 1, "labels": ["joy", "anger"], "profile_labels": ["trust"]}


def mapping(index: str) -> dict[str, Any]:
    return {index: {"mappings": {"_meta": {"emotion": HELD}}}}


def test_a_store_of_live_tweets_alone_says_its_labels() -> None:
    alias: tuple[int, Any] = (200, {"tweets-live-2026.11": {"aliases": {"tweets": {}}}})
    answers = {"GET /_alias/tweets": alias, "GET /tweets/_mapping": (200, mapping("tweets-live-2026.11"))}
    with recording(answers, PRODUCT) as server:
        assert describe(f"{server.url}/tweets") == made(["joy", "anger"], ["trust"])


def test_a_store_that_a_first_labelling_fills_says_its_labels() -> None:
    alias: tuple[int, Any] = (200, {"tweets-job-000001": {"aliases": {"tweets-job": {}}}})
    answers = {"GET /_alias/tweets-job": alias, "GET /tweets-v000001/_mapping": (200, mapping("tweets-v000001"))}
    with recording(answers, PRODUCT) as server:
        assert describe(f"{server.url}/tweets") == made(["joy", "anger"], ["trust"])


def test_where_there_is_no_store_nothing_is_said() -> None:
    with recording({}, PRODUCT) as server:
        assert describe(f"{server.url}/tweets") is None


def test_a_server_that_is_down_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotion.stores.elasticsearch.described._SECONDS", 0.3)
    with recording({}, PRODUCT) as server:
        target = f"{server.url}/tweets"
    with pytest.raises(StoreError, match="took nothing"):
        describe(target)
