"""What is read page by page, while the server dies, forgets or lacks a shard."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from emotion.errors import StoreError
from emotion.stores.elasticsearch import records
from emotion.stores.elasticsearch.address import address
from emotion.stores.elasticsearch.companion import count, get_many
from emotion.stores.elasticsearch.queries import index
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
    monkeypatch.setattr(records, "_PAGE_OF_IDS", 2)
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
    monkeypatch.setattr(index, "_BATCH", 2)
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


@pytest.fixture
def broken(elasticsearch_url: str, client: Elasticsearch, alias: str) -> Iterator[str]:
    """A store of two shards, one of which is away."""
    fill_live(client, alias, [Made(str(n), "storm", "fear") for n in range(20)], shards=2)
    name = f"{alias}-live-2021.03"
    client.indices.put_settings(index=name, settings={"index.routing.allocation.enable": "none"})
    place = {"index": name, "shard": 0, "node": client.cat.shards(index=name, format="json")[0]["node"]}
    client.cluster.reroute(commands=[{"cancel": place | {"allow_primary": True}}])
    yield f"{elasticsearch_url}/{alias}"
    client.indices.put_settings(index=name, settings={"index.routing.allocation.enable": None})


def test_no_answer_lacks_a_shard(broken: str, alias: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_ES_PATIENCE", "0.2")
    with open_queries(broken) as queries:
        for ask in (queries.summary, queries.timeline, queries.search, lambda: queries.documents().read_all()):
            with pytest.raises(StoreError, match="answered 503"):
                ask()
    asking = session(address(broken))
    with pytest.raises(StoreError, match="answered 503"):
        count(asking, alias)
    with pytest.raises(StoreError, match="cannot look for a document"):
        get_many(asking, alias, [str(n) for n in range(20)])
