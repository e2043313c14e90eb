"""What networks and busy servers do to a job: afterwards every tweet is there once, or told of as a dead letter."""

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from emotion.errors import StoreError
from emotion.stores.elasticsearch import connect, pace
from tests.live.made_index import fill, ids, letters, tweets
from tests.live.nodes import Node, NoNode
from tests.live.proxy import Fault, Proxy, between, cut_after, cut_before, half, limited, says, slow

pytestmark = pytest.mark.live
PARTS = [tweets(0, 300), tweets(290, 200)]
ALL = [str(10**18 + n) for n in range(490)]


@pytest.fixture
def proxy(elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    monkeypatch.setattr(pace, "MOST_DOCUMENTS", 60)  # several requests a part
    with between(elasticsearch_url) as made:
        yield made


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        pytest.param("_bulk", says(429, "es_rejected_execution_exception"), id="429"),
        pytest.param("_bulk", says(502), id="502"),
        pytest.param("_bulk", says(503, "unavailable_shards_exception"), id="503"),
        pytest.param("_bulk", says(413, "content_too_long_exception"), id="413"),
        pytest.param("_bulk", cut_before, id="cut before the request was taken"),
        pytest.param("_bulk", cut_after, id="cut after the request was taken"),
        pytest.param("_bulk", half(429), id="every second document rejected"),
        pytest.param("_bulk", half(503, "unavailable_shards_exception"), id="every second document without a shard"),
        pytest.param("_doc", cut_after, id="a small document, of which nobody learns"),
        pytest.param("_create", cut_after, id="a commit of which nobody learns"),
        pytest.param("_search", says(503), id="a search without a shard"),
    ],
)
def test_what_passes_is_tried_again_until_all_is_there_once(
    path: str, fault: Fault, proxy: Proxy, client: Elasticsearch, alias: str
) -> None:
    proxy.add(fault, path, times=2)
    totals, commits = fill(proxy.url, alias, PARTS)
    assert proxy.met == 2
    assert (totals.documents, totals.duplicates, totals.removed) == (490, 10, 0)
    assert [commit.labelled for commit in commits] == [300, 200]
    assert ids(client, alias) == ALL


@pytest.mark.parametrize("fault", [slow(4), slow(4, after=True)], ids=["taken late", "answered late"])
def test_what_is_sent_again_after_a_time_out_is_there_once(
    fault: Fault, proxy: Proxy, client: Elasticsearch, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "_SECONDS", 2)
    proxy.add(fault, times=2)
    totals, _ = fill(proxy.url, alias, PARTS)
    assert proxy.met == 2
    assert (totals.documents, totals.duplicates) == (490, 10)
    assert ids(client, alias) == ALL


def test_requests_that_a_proxy_finds_too_large_are_split_and_later_ones_are_smaller(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    refused: list[int] = []
    with between(elasticsearch_url) as proxy:
        proxy.add(limited(100_000, refused), times=10_000)
        totals, _ = fill(proxy.url, alias, [tweets(n * 300, 300) for n in range(4)])
    assert totals.documents == 1200
    assert len(refused) <= 4
    assert len(ids(client, alias)) == 1200


def test_a_document_that_a_proxy_finds_too_large_is_a_dead_letter(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    chance = random.Random(5)
    words = " ".join(f"{chance.getrandbits(40):x}" for _ in range(40_000))
    refused: list[int] = []
    with between(elasticsearch_url) as proxy:
        proxy.add(limited(100_000, refused), times=10_000)
        large = tweets(0, 1)[0].__class__("1" * 18, words)
        totals, _ = fill(proxy.url, alias, [[*tweets(0, 5), large, *tweets(5, 5)]])
    assert totals.documents == 10
    (letter,) = letters(client, alias)
    assert (letter["tweet_id"], "document" in letter) == ("1" * 18, False)
    assert refused


def test_what_the_server_refuses_is_a_dead_letter_with_its_reason(
    proxy: Proxy, client: Elasticsearch, alias: str
) -> None:
    proxy.add(half(400, "document_parsing_exception"))
    totals, commits = fill(proxy.url, alias, PARTS)
    lost = [each["tweet_id"] for each in letters(client, alias)]
    assert totals.documents == 460
    assert commits[0].labelled + commits[0].dead_letters == 300
    assert commits[0].dead_letters == 30
    assert sorted({*ids(client, alias), *lost}) == ALL
    assert {each["reason"] for each in letters(client, alias)} == {"the server refuses it: a test says so"}


def test_an_id_that_is_too_long_is_a_dead_letter_and_the_others_are_there(
    client: Elasticsearch, proxy: Proxy, alias: str
) -> None:
    long = tweets(0, 1)[0].__class__("x" * 600, "a long id")
    totals, _ = fill(proxy.url, alias, [[*tweets(0, 5), long, *tweets(5, 5)]])
    assert totals.documents == 10
    (letter,) = letters(client, alias)
    assert letter["tweet_id"] == "x" * 600
    assert "is too long" in letter["reason"]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (says(401, "security_exception"), "lets nobody in"),
        (says(403, "security_exception", "not for you"), "does not allow this user or key to do it: not for you"),
        (half(403, "cluster_block_exception"), r"takes no documents \(403\)"),
        (half(404, "index_not_found_exception"), r"takes no documents \(404\)"),
        (half(400, "index_closed_exception"), r"takes no documents \(400\)"),
    ],
)
def test_what_does_not_pass_is_a_sentence_and_the_same_goes_on_later(
    fault: Fault, sentence: str, proxy: Proxy, client: Elasticsearch, alias: str
) -> None:
    proxy.add(fault)
    with pytest.raises(StoreError, match=sentence):
        fill(proxy.url, alias, PARTS)
    assert fill(proxy.url, alias, PARTS)[0].documents == 490
    assert ids(client, alias) == ALL


def test_a_server_that_takes_nothing_is_a_sentence_in_the_end(
    proxy: Proxy, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_ES_PATIENCE", "0.3")
    proxy.add(says(429, "es_rejected_execution_exception", "the queue is full"), times=1000)
    with pytest.raises(
        StoreError, match=r"took nothing for 0 s: it answered 429, the queue is full.* say the same again"
    ):
        fill(proxy.url, alias, PARTS)


def test_an_index_that_was_closed_or_made_read_only_stops_the_job(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    fill(elasticsearch_url, alias, PARTS[:1])
    client.indices.put_settings(index=alias, settings={"index.blocks.write": True})
    with pytest.raises(StoreError, match=r"takes no documents \(403\)"):
        fill(elasticsearch_url, alias, PARTS)
    client.indices.put_settings(index=alias, settings={"index.blocks.write": None})
    assert fill(elasticsearch_url, alias, PARTS)[0].documents == 490


def test_a_full_disk_is_waited_for_and_told_of_where_it_stays_full(
    elasticsearch_url: str, client: Elasticsearch, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the block that the server sets by itself when its disk is full, and takes away when there is room."""
    block = "index.blocks.read_only_allow_delete"
    fill(elasticsearch_url, alias, PARTS[:1])
    client.indices.put_settings(index=alias, settings={block: True})
    monkeypatch.setenv("EMOTION_ES_PATIENCE", "0.5")
    with pytest.raises(StoreError, match=r"disk usage exceeded flood-stage watermark.* to go on"):
        fill(elasticsearch_url, alias, PARTS)
    monkeypatch.delenv("EMOTION_ES_PATIENCE")
    room = threading.Timer(1, client.indices.put_settings, kwargs={"index": f"{alias}*", "settings": {block: None}})
    room.start()
    assert fill(elasticsearch_url, alias, PARTS)[0].documents == 490
    room.join()
    assert ids(client, alias) == ALL


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Node]:
    """A node with room for one waiting write."""
    node = Node(tmp_path / "node", ["thread_pool.write.queue_size=1", "thread_pool.write.size=1"])
    try:
        node.start()
    except NoNode as why:
        pytest.skip(str(why))
    yield node
    node.stop()


def test_a_full_queue_and_a_server_that_dies_in_the_middle_lose_nothing(
    narrow: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "MOST_DOCUMENTS", 10)
    result: list[int] = []
    alias = "killed"
    parts = [tweets(n * 400, 410) for n in range(8)]
    worker = threading.Thread(target=lambda: result.append(fill(narrow.url, alias, parts)[0].documents))
    worker.start()
    with Elasticsearch(narrow.url) as client:
        while not (_commits(client, alias) and _rejections(client)):
            assert worker.is_alive(), "the queue was never full"
            time.sleep(0.01)
        narrow.kill()
        narrow.start()
        worker.join(120)
        assert result == [3210]
        assert len(ids(client, alias)) == 3210


def _commits(client: Elasticsearch, alias: str) -> bool:
    return bool(client.options(ignore_status=(404, 503)).exists(index=f"{alias}-job", id="commit/000001-00000-00000"))


def _rejections(client: Elasticsearch) -> int:
    (node,) = client.nodes.stats(metric="thread_pool")["nodes"].values()
    return int(node["thread_pool"]["write"]["rejected"])
