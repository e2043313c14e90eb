"""Documents that the server refused are sent again and counted, also where that is cut short."""

import os
import signal
from multiprocessing import get_context

import pytest
from elasticsearch import Elasticsearch

from emotion.errors import UsageError
from emotion.labelling.replay import replay
from tests.live.made_index import fill, ids, letters, store_at, tweets
from tests.live.proxy import between, half

pytestmark = pytest.mark.live


def fill_with_refusals(url: str, alias: str) -> None:
    """Eleven documents, every second of which the server refuses."""
    with between(url) as proxy:
        proxy.add(half(400, "document_parsing_exception"))
        fill(proxy.url, alias, [tweets(0, 11)])


def test_what_was_refused_is_taken_later_and_the_accounts_follow(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    with between(elasticsearch_url) as proxy:
        proxy.add(half(400, "document_parsing_exception"))
        fill(proxy.url, alias, [tweets(0, 11), tweets(10, 5)])
    assert len(letters(client, alias)) == 5
    target = f"{elasticsearch_url}/{alias}"
    for point in ("replay-sent", "replay-counted"):
        assert _killed(target, point)
    replayed, accounts = replay(target)
    assert (replayed.taken, replayed.refused, replayed.records) == (5, 0, 0)
    assert (accounts.labelled, accounts.dead_letters, accounts.duplicates, accounts.documents) == (16, 0, 1, 15)
    assert ids(client, alias) == [str(10**18 + n) for n in range(15)]
    assert letters(client, alias) == []
    assert texts_of_replayed(client, alias) == [set()] * 5
    again, same = replay(target)
    assert (again.taken, same) == (0, accounts)


def test_what_a_job_took_out_after_a_replay_that_died_is_no_document_until_the_server_has_it(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    fill_with_refusals(elasticsearch_url, alias)
    target = f"{elasticsearch_url}/{alias}"
    assert _killed(target, "replay-sent")
    store = store_at(elasticsearch_url, alias)
    with store.explained(), store.hold():
        assert store.finish(workers=1).documents == 6
    replayed, accounts = replay(target)  # the server remembers the deletions still
    assert (replayed.taken, replayed.refused, accounts.documents) == (0, 5, 6)
    client.indices.put_settings(index=alias, settings={"gc_deletes": "0s"})
    client.indices.refresh(index=alias)
    replayed, accounts = replay(target)
    assert (replayed.taken, replayed.refused, accounts.documents) == (5, 0, 11)
    assert len(ids(client, alias)) == 11


def test_what_a_replay_that_died_counted_is_kept_without_its_text_by_the_next_finish(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    fill_with_refusals(elasticsearch_url, alias)
    assert _killed(f"{elasticsearch_url}/{alias}", "replay-counted")
    store = store_at(elasticsearch_url, alias)
    with store.explained(), store.hold():
        assert store.finish(workers=1).documents == 11
    client.indices.refresh(index=f"{alias}-job")
    assert letters(client, alias) == []
    assert texts_of_replayed(client, alias) == [set()] * 5


def test_what_is_refused_again_stays_a_dead_letter(elasticsearch_url: str, client: Elasticsearch, alias: str) -> None:
    with between(elasticsearch_url) as proxy:
        proxy.add(half(400, "document_parsing_exception"), "v000001/_bulk", times=2)
        fill(proxy.url, alias, [tweets(0, 4)])
        proxy.add(half(400, "document_parsing_exception"))
        replayed, accounts = replay(f"{proxy.url}/{alias}")
    assert (replayed.taken, replayed.refused) == (1, 1)
    assert (accounts.labelled, accounts.dead_letters, accounts.documents) == (3, 1, 3)
    assert len(letters(client, alias)) == 1


def texts_of_replayed(client: Elasticsearch, alias: str) -> list[set[str]]:
    """What holds the text, of each dead letter that became a document."""
    found = client.search(index=f"{alias}-job*", query={"term": {"kind": "replayed"}}, size=100)
    return [{"raw", "document"} & hit["_source"].keys() for hit in found["hits"]["hits"]]


def test_a_directory_and_nothing_are_a_sentence(elasticsearch_url: str, alias: str) -> None:
    with pytest.raises(UsageError, match="is no index, and takes every document"):
        replay("store")
    with pytest.raises(UsageError, match="There is no store at"):
        replay(f"{elasticsearch_url}/{alias}")


def _killed(target: str, point: str) -> bool:
    process = get_context("forkserver").Process(target=_replay_with_crash, args=(target, point))
    process.start()
    process.join(60)
    return process.exitcode == -signal.SIGKILL


def _replay_with_crash(target: str, point: str) -> None:
    os.environ["EMOTION_CRASH"] = point
    replay(target)
