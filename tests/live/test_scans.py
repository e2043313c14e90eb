"""What is read page by page, while the server dies, forgets or lacks a shard."""

import pytest
from elasticsearch import Elasticsearch

from emotion.errors import StoreError
from emotion.stores.elasticsearch import ledger
from emotion.stores.elasticsearch.address import address
from emotion.stores.elasticsearch.paging import count, get_many
from emotion.stores.elasticsearch.queries import whole
from emotion.stores.elasticsearch.session import session
from emotion.stores.ledger import Tombstones
from emotion.stores.opening import open_queries
from tests.live.filled import fill as fill_live
from tests.live.made_index import fill, ids, tweets
from tests.live.nodes import Node, NoNode
from tests.live.proxy import Answer, Asked, Fault, Forward, between
from tests.made_store import Made

pytestmark = pytest.mark.live


@pytest.fixture
def node(own_node: Node) -> Node:
    try:
        own_node.start()
    except NoNode as why:
        pytest.skip(str(why))
    return own_node


def restarted(node: Node, told: list[bytes], *marks: bytes) -> Fault:
    """The server dies and starts again before the second page of the first scan whose query holds all marks."""

    def die(asked: Asked, forward: Forward) -> Answer:
        if marks[0] not in told and all(mark in asked.body for mark in (b'"search_after"', *marks)):
            told.append(marks[0])
            node.kill()
            node.start()
        return forward(asked)

    return die


def test_a_finish_goes_on_where_the_server_is_killed_between_two_pages(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the ids of parts, of the tweets of a user who is gone, and of the notes which those were."""
    monkeypatch.setattr(ledger, "_PAGE_OF_IDS", 2)
    parts = [*(tweets(n * 700, 700, user="gone") for n in range(3)), tweets(2100, 50)]
    told: list[bytes] = []
    deaths = [restarted(node, told, mark) for mark in (b'"ids"', b'"user_id"', b'"removed"')]

    def die(asked: Asked, forward: Forward) -> Answer:
        for death in deaths:
            death(asked, lambda _: Answer(200, b""))
        return forward(asked)

    with between(node.url) as proxy:
        proxy.add(die, "_search", times=100_000)
        totals, _ = fill(proxy.url, "tweets", parts, stones=Tombstones([], ["id-gone"]))
    assert sorted(told) == [b'"ids"', b'"removed"', b'"user_id"']
    assert (totals.documents, totals.duplicates, totals.removed) == (50, 0, 2100)
    with Elasticsearch(node.url) as client:
        assert ids(client, "tweets") == [str(10**18 + n) for n in range(2100, 2150)]


def test_an_export_that_cannot_go_on_is_a_sentence(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "_BATCH", 2)
    fill(node.url, "tweets", [tweets(0, 7)])
    with open_queries(f"{node.url}/tweets") as queries:
        documents = queries.documents()
        assert len(documents.read_next_batch()) == 2
        node.kill()
        node.start()
        with pytest.raises(StoreError, match=r"no longer holds what was there when the reading began.* Say the same"):
            documents.read_all()
        documents = queries.documents()
        assert len(documents.read_next_batch()) == 2
        node.kill()
        monkeypatch.setenv("EMOTION_ES_PATIENCE", "0.2")
        with pytest.raises(StoreError, match="took nothing for 0 s: nothing answers there"):
            documents.read_all()


def test_no_answer_lacks_a_shard(
    elasticsearch_url: str, client: Elasticsearch, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of another month, which no node may have."""
    monkeypatch.setenv("EMOTION_ES_PATIENCE", "0.2")
    fill_live(client, alias, [Made("1", "storm", "fear")])
    away = f"{alias}-live-2021.04"
    place = {"index.routing.allocation.require._name": "nobody"}
    client.indices.create(index=away, aliases={alias: {}}, settings=place, wait_for_active_shards=0)
    with open_queries(f"{elasticsearch_url}/{alias}") as queries:
        for ask in (queries.summary, queries.timeline, queries.search, lambda: queries.documents().read_all()):
            with pytest.raises(StoreError, match="answered 503"):
                ask()
    asking = session(address(f"{elasticsearch_url}/{alias}"))
    with pytest.raises(StoreError, match="answered 503"):
        count(asking, alias)
    with pytest.raises(StoreError, match="cannot look for a document"):
        get_many(asking, away, ["1"])
