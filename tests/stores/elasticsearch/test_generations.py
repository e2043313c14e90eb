"""Which generation grows beside the current one; numbers are given once."""

from contextlib import nullcontext
from typing import Any

import pytest

from emotion.errors import JobError
from emotion.stores.elasticsearch import generations
from emotion.stores.elasticsearch import store as stores
from emotion.stores.elasticsearch.address import address
from emotion.stores.elasticsearch.companion import Companion
from emotion.stores.elasticsearch.store import ElasticsearchStore
from tests.stores.elasticsearch.made_server import recording


def number(index: str) -> int:
    return int(index.rpartition("-")[2])


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The generations that a server holds, of which the first is current."""
    held = {1}
    monkeypatch.setattr(generations, "numbers", lambda _: sorted(held))
    monkeypatch.setattr(generations, "current", lambda _: 1)
    monkeypatch.setattr(generations, "drop", lambda _, generation: held.discard(generation))
    monkeypatch.setattr(Companion, "exists", lambda self: number(self.index) in held)
    monkeypatch.setattr(Companion, "create_index", lambda self, _: held.add(number(self.index)))
    monkeypatch.setattr(stores, "meet", lambda *_: None)
    return held


def test_a_restart_that_takes_the_place_of_another_has_a_number_of_its_own(there: set[int]) -> None:
    store = ElasticsearchStore(address("http://127.0.0.1:9200/tweets"))
    beside = store.beside()
    beside.discard()
    assert (beside.index, there) == ("tweets-v000002", {1}), "nothing was there yet"
    there.add(2)
    beside.discard()
    assert (beside.index, beside.companion.index, there) == ("tweets-v000003", "tweets-job-000003", {1, 3})
    assert store.beside().index == "tweets-v000003", "it is gone on with"


def test_a_kill_while_a_restart_is_given_up_leaves_its_number_taken(
    there: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    store = ElasticsearchStore(address("http://127.0.0.1:9200/tweets"))
    there.add(2)
    beside = store.beside()
    with monkeypatch.context() as patched:
        patched.setattr(generations, "drop", killed)
        with pytest.raises(KeyboardInterrupt):
            beside.discard()
    assert there == {1, 2, 3}
    store.recover()
    assert (there, store.beside().index) == ({1, 3}, "tweets-v000003")


def test_a_generation_that_was_given_up_meanwhile_is_not_held(there: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "hold_at", lambda *_: nullcontext())
    late = ElasticsearchStore(address("http://127.0.0.1:9200/tweets"), generation=2, beside=True)
    there |= {2, 3}
    with pytest.raises(JobError, match="say the same again"), late.hold():
        pass


def test_companions_of_generations_alone_are_counted() -> None:
    names = ("tweets-job-000001", "tweets-job-000012", "tweets-job-live", "tweets-job-job-000013", "tweets-job-v000014")
    found: dict[str, Any] = {name: {"mappings": {}} for name in names}
    product = {"X-Elastic-Product": "Elasticsearch"}
    with recording({"GET /tweets-job-*/_mapping": (200, found)}, product) as server:
        store = ElasticsearchStore(address(f"{server.url}/tweets"))
        assert generations.numbers(store._session) == [1, 12]
        assert generations.beside(store._session, 1) == 12
        assert generations.beside(store._session, 12) == 13
    with recording({}, product) as server:
        assert generations.numbers(ElasticsearchStore(address(f"{server.url}/tweets"))._session) == []
