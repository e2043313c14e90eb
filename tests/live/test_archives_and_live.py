"""Archives and live writers under one alias: what was deleted stays away from both, and neither loses what it knows."""

from dataclasses import replace
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from emotion.errors import JobError, StoreError
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.labelling.replay import replay
from emotion.stores.described import describe
from emotion.stores.elasticsearch import finish as finishing
from emotion.stores.elasticsearch import store as storing
from emotion.stores.ledger import Tombstones
from emotion.stores.opening import open_live
from emotion.stores.protocol import LiveStore
from emotion.tweets.tweet import DeadLetter
from tests.labelling.made import EMOTIONS, PROFILE, tweet, write_bundle, write_lines
from tests.live.made_index import fill, ids, relabel, store_at, tweets
from tests.live.proxy import between, half
from tests.made_store import LABELS, NO_STONES, PROFILE_LABELS, Made, made_batch, make_documents

pytestmark = pytest.mark.live
DESCRIBED = describe(LABELS, PROFILE_LABELS)
NOTHING = make_documents([])


def numbered(*numbers: int) -> list[str]:
    return [str(10**18 + n) for n in numbers]


def delete(live: LiveStore, sequence: int, *numbers: int, users: tuple[str, ...] = ()) -> None:
    live.write("crawler", sequence, made_batch(NOTHING, Tombstones(numbered(*numbers), list(users))))


def test_a_new_labelling_leaves_a_running_live_writer_all_that_it_knows(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    fill(elasticsearch_url, alias, [tweets(0, 2)])
    with between(elasticsearch_url) as proxy:
        proxy.add(half(400, "document_parsing_exception"), f"{alias}-live-2018.05/_bulk")
        live = open_live(f"{proxy.url}/{alias}", DESCRIBED)
        first = live.write(
            "crawler", 1, made_batch(make_documents(tweets(10, 4)), NO_STONES, [DeadLetter(9, "broken", b"{")])
        )
        assert (first.documents, first.dead_letters) == (2, 3)
        delete(live, 2, 0, 11)
        relabel(elasticsearch_url, alias, [tweets(0, 2)])
        assert live.write("crawler", 1, made_batch(NOTHING)) == first
        live.write("crawler", 3, made_batch(make_documents([*tweets(0, 1), *tweets(11, 1), *tweets(20, 1)])))
    replayed, _ = replay(f"{elasticsearch_url}/{alias}")
    assert (replayed.taken, replayed.refused, replayed.records) == (1, 0, 1)
    assert set(ids(client, alias)) == set(numbered(1, 10, 12, 13, 20))


def test_what_live_writers_deleted_is_counted_by_the_jobs_that_follow(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    fill(elasticsearch_url, alias, [tweets(0, 5)])
    live = open_live(f"{elasticsearch_url}/{alias}", DESCRIBED)
    delete(live, 1, 1)
    assert ids(client, alias) == numbered(0, 2, 3, 4)
    replayed, accounts = replay(f"{elasticsearch_url}/{alias}")
    assert (replayed.taken, accounts.removed, accounts.documents) == (0, 1, 4)
    totals, _ = fill(elasticsearch_url, alias, [tweets(0, 5), tweets(5, 2)])
    assert (totals.removed, totals.documents) == (1, 6)


def test_what_live_writers_deleted_does_not_come_with_an_archive(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    delete(open_live(f"{elasticsearch_url}/{alias}", DESCRIBED), 1, 1, 7, users=("id-gone",))
    totals, _ = fill(elasticsearch_url, alias, [tweets(0, 3), tweets(3, 2, user="gone")])
    assert (totals.removed, totals.documents) == (3, 2)
    assert ids(client, alias) == numbered(0, 2)


@pytest.mark.parametrize("begun", [True, False], ids=["before the count", "before it is behind the alias"])
def test_a_notice_in_the_middle_of_a_finish_is_heeded(
    elasticsearch_url: str, client: Elasticsearch, alias: str, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    module, step = (finishing, "_check_letters") if begun else (storing, "finish")
    real, live, deleted = getattr(module, step), open_live(f"{elasticsearch_url}/{alias}", DESCRIBED), list[bool]()

    def interrupted(*arguments: object) -> object:
        answer = real(*arguments)
        if not deleted:
            deleted.append(True)
            delete(live, 1, 3)
        return answer

    if begun:
        fill(elasticsearch_url, alias, [tweets(0, 3)])
    monkeypatch.setattr(module, step, interrupted)
    fill(elasticsearch_url, alias, [tweets(0, 3), tweets(3, 2)])
    assert deleted
    assert ids(client, alias) == numbered(0, 1, 2, 4)


def test_a_refused_tweet_that_was_deleted_is_not_replayed(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    with between(elasticsearch_url) as proxy:
        proxy.add(half(400, "document_parsing_exception"), f"{alias}-live-2018.05/_bulk")
        live = open_live(f"{proxy.url}/{alias}", DESCRIBED)
        batch = [*tweets(0, 2), *tweets(2, 2, user="gone"), *tweets(4, 2)]
        assert live.write("crawler", 1, made_batch(make_documents(batch))).dead_letters == 3
        delete(live, 2, 1, users=("id-gone",))
    replayed, _ = replay(f"{elasticsearch_url}/{alias}")
    assert (replayed.taken, replayed.refused) == (1, 0)
    assert ids(client, alias) == numbered(0, 4, 5)
    client.indices.refresh(index=f"{alias}-job-live")
    assert client.count(index=f"{alias}-job-live", query={"term": {"kind": "live-letter"}})["count"] == 0


def test_an_archive_of_other_labels_is_refused_beside_live_tweets_and_changes_nothing_for_them(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    live = open_live(f"{elasticsearch_url}/{alias}", DESCRIBED)
    live.write("crawler", 1, made_batch(make_documents(tweets(0, 1))))
    with pytest.raises(StoreError, match="as --restart keeps the tweets of live writers"):
        _open_with_others(elasticsearch_url, alias)
    fill(elasticsearch_url, alias, [tweets(5, 1)])
    with pytest.raises(StoreError, match="as --restart keeps the tweets of live writers"):
        _open_with_others(elasticsearch_url, alias, beside=True)
    with pytest.raises(StoreError, match="A store holds one label set"):
        open_live(f"{elasticsearch_url}/{alias}", describe(["hope"], []))
    written = live.write("crawler", 2, made_batch(make_documents([Made("9" * 17, "another month")])))
    assert (written.documents, written.dead_letters) == (1, 0)


def _open_with_others(url: str, alias: str, beside: bool = False) -> None:
    store = store_at(url, alias)
    (store.beside() if beside else store).open(["hope", "despair"], [])


def test_a_live_writer_of_other_labels_is_refused_beside_a_labelling_that_is_not_finished(
    elasticsearch_url: str, alias: str
) -> None:
    store = store_at(elasticsearch_url, alias)
    with store.hold():
        store.open(LABELS, PROFILE_LABELS)
    with pytest.raises(StoreError, match="A store holds one label set"):
        open_live(f"{elasticsearch_url}/{alias}", describe(["hope"], []))


def test_tweets_with_the_longest_ids_can_be_deleted(elasticsearch_url: str, client: Elasticsearch, alias: str) -> None:
    long, longer = "x" * 512, "y" * 700
    live = open_live(f"{elasticsearch_url}/{alias}", DESCRIBED)
    made = make_documents([Made(long, "a long id")])
    live.write("crawler", 1, made_batch(made))
    live.write("crawler", 2, made_batch(NOTHING, Tombstones([long, longer], [longer])))
    live.write("crawler", 3, made_batch(made))
    stones = Tombstones([longer], ["id-gone"])
    fill(elasticsearch_url, alias, [[Made("z" * 512, "another", user="gone"), *tweets(0, 1)]], stones=stones)
    assert ids(client, alias) == numbered(0)


@pytest.mark.parametrize("hashed", [False, True])
def test_private_labellings_and_live_writers_do_not_share_an_index(
    elasticsearch_url: str, alias: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hashed: bool
) -> None:
    monkeypatch.chdir(tmp_path)  # where the key of hashed ids lies
    archive, bundle = write_lines(tmp_path / "a.jsonl", [tweet(0)]), write_bundle(tmp_path / "bundle")
    target = f"{elasticsearch_url}/{alias}"
    asked = LabelOptions((str(archive),), target, model=str(bundle), ray="off", drop_user=not hashed, hash_ids=hashed)
    described = describe(EMOTIONS, PROFILE)
    label(asked)
    with pytest.raises(StoreError, match="was labelled with --"):
        open_live(target, described)
    open_live(f"{target}-2", described).close()
    with pytest.raises(JobError, match="holds tweets of live sources"):
        label(replace(asked, to=f"{target}-2"))
