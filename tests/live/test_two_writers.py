"""Two writers to one index, as replicas of the API are: whatever becomes of one, the index is as if there were one."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from elasticsearch import ConflictError, Elasticsearch

from emotion.errors import NumberTaken, StoreError
from emotion.labelling.replay import replay
from emotion.stores.described import describe
from emotion.stores.elasticsearch import attempts
from emotion.stores.ledger import Tombstones
from emotion.stores.opening import open_live
from emotion.stores.protocol import LiveStore, Written
from emotion.tweets.tweet import DeadLetter
from tests.live.conftest import forget
from tests.live.made_index import ids, tweets
from tests.live.proxy import Answer, Asked, Fault, Forward, Proxy, between, cut_after, gives, half, says
from tests.live.test_replay import texts_of_replayed
from tests.made_store import LABELS, NO_STONES, PROFILE_LABELS, Made, made_batch, make_documents

pytestmark = pytest.mark.live
DESCRIBED = describe(LABELS, PROFILE_LABELS)
OTHERS = describe(["hope", "despair"], [])
NOTHING = make_documents([])
BATCH = make_documents(tweets(0, 4))
ALL = [str(10**18 + n) for n in range(4)]
X = ALL[1]
DELETED = pytest.mark.parametrize(
    "stones", [Tombstones([X]), Tombstones(users=["id-gone"])], ids=["a tweet", "a user"]
)  # each of them names the second tweet of `OF_A_USER` alone
OF_A_USER = make_documents([*tweets(0, 1), *tweets(1, 1, user="gone"), *tweets(2, 2)])


@pytest.fixture
def proxy_a(elasticsearch_url: str) -> Iterator[Proxy]:
    with between(elasticsearch_url) as proxy:
        yield proxy


@pytest.fixture
def proxy_b(elasticsearch_url: str) -> Iterator[Proxy]:
    with between(elasticsearch_url) as proxy:
        yield proxy


@pytest.fixture
def looks_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers look after what others left at each batch, where it was every few minutes."""
    monkeypatch.setattr(attempts, "_EVERY", 0)
    monkeypatch.setattr(attempts, "_REST", 0)


@pytest.fixture
def a(proxy_a: Proxy, alias: str) -> LiveStore:
    return open_live(f"{proxy_a.url}/{alias}", DESCRIBED)


@pytest.fixture
def b(proxy_b: Proxy, alias: str) -> LiveStore:
    return open_live(f"{proxy_b.url}/{alias}", DESCRIBED)


def first(meanwhile: Callable[[], object]) -> Fault:
    """Something happens before the server gets the request."""

    def met(asked: Asked, forward: Forward) -> Answer:
        meanwhile()
        return forward(asked)

    return met


def passes(asked: Asked, forward: Forward) -> Answer:
    """Nothing happens to the request."""
    return forward(asked)


def dies(writer: LiveStore, batch: object = BATCH) -> None:
    """The first batch comes to no end: the server refuses the writer a request."""
    with pytest.raises(StoreError, match="does not allow"):
        write(writer, batch)


def write(writer: LiveStore, batch: object = BATCH) -> Written:
    """The first batch of the crawler, with a record that is no tweet."""
    return writer.write("crawler", 1, made_batch(batch, NO_STONES, [DeadLetter(9, "broken", b"{")]))


def refuses_counting(proxy: Proxy, alias: str) -> None:
    """Let the writer behind the proxy be cut off when its dead letters are kept, and its batch is to count."""
    proxy.add(passes, f"{alias}-job-live/_bulk", times=2)  # its note, and the dead letters
    proxy.add(says(403, "security_exception"), f"{alias}-job-live/_bulk")


def forget_versions(client: Elasticsearch, index: str) -> None:
    """Wait until the server has forgotten which versions of documents were deleted, which is what a minute does."""
    client.index(index=index, id="probe", document={}, version=1, version_type="external")
    client.delete(index=index, id="probe")
    client.indices.put_settings(index=index, settings={"gc_deletes": "0s"})
    for _ in range(50):
        time.sleep(0.1)
        client.indices.refresh(index=index)
        with suppress(ConflictError):
            client.index(index=index, id="probe", document={}, version=1, version_type="external")
            break
    client.delete(index=index, id="probe")


def kept(client: Elasticsearch, alias: str, kind: str) -> list[int]:
    """The numbers of what live writers keep of a kind."""
    index = f"{alias}-job-live"
    client.indices.refresh(index=index)
    found = client.search(index=index, size=1000, query={"term": {"kind": kind}}, sort=["key", "number"])
    return [hit["_source"]["number"] for hit in found["hits"]["hits"]]


@DELETED
def test_what_an_attempt_that_died_brought_after_its_deletion_goes_with_the_next_attempt(
    a: LiveStore, b: LiveStore, proxy_a: Proxy, client: Elasticsearch, alias: str, stones: Tombstones
) -> None:
    proxy_a.add(passes, "_mget", times=2)
    proxy_a.add(first(lambda: b.write("other", 1, made_batch(NOTHING, stones))), f"{alias}-live-2018.05/_bulk")
    proxy_a.add(says(403, "security_exception"), "_mget")
    dies(a, OF_A_USER)
    assert ids(client, alias) == ALL
    write(b, OF_A_USER)
    assert ids(client, alias) == [id for id in ALL if id != X]


@pytest.mark.usefixtures("looks_always")
@pytest.mark.parametrize("again", [True, False], ids=["with the next replay", "when another writer looks"])
def test_what_a_replay_that_died_brought_after_its_deletion_goes(
    again: bool,
    a: LiveStore,
    b: LiveStore,
    proxy_a: Proxy,
    proxy_b: Proxy,
    client: Elasticsearch,
    alias: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy_a.add(half(400, "document_parsing_exception"), f"{alias}-live-2018.05/_bulk")
    assert write(a).dead_letters == 3
    proxy_a.add(passes, "_mget")
    proxy_a.add(first(lambda: b.write("other", 1, made_batch(NOTHING, Tombstones([X])))), f"{alias}-live-2018.05/_bulk")
    proxy_a.add(says(403, "security_exception"), "_mget")
    with pytest.raises(StoreError, match="does not allow"):
        replay(f"{proxy_a.url}/{alias}")
    assert ids(client, alias) == ALL
    if again:
        replay(f"{proxy_b.url}/{alias}")
    else:
        monkeypatch.setattr(attempts, "_LATE", -1)
        open_live(f"{proxy_b.url}/{alias}", DESCRIBED)
    assert ids(client, alias) == [id for id in ALL if id != X]


@pytest.mark.usefixtures("looks_always")
@pytest.mark.parametrize("opened", [True, False], ids=["opens the index", "writes on"])
def test_what_a_writer_that_stood_still_brings_of_a_batch_that_counts_goes_when_another(
    opened: bool,
    a: LiveStore,
    b: LiveStore,
    proxy_a: Proxy,
    proxy_b: Proxy,
    client: Elasticsearch,
    alias: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def meanwhile() -> None:
        write(b)
        b.write("crawler", 2, made_batch(NOTHING, Tombstones([X])))
        forget_versions(client, f"{alias}-live-2018.05")

    proxy_a.add(passes, "_mget", times=2)
    proxy_a.add(first(meanwhile), f"{alias}-live-2018.05/_bulk")
    proxy_a.add(says(403, "security_exception"), "_mget")
    dies(a)
    b.write("crawler", 3, made_batch(NOTHING))
    assert ids(client, alias) == ALL
    monkeypatch.setattr(attempts, "_LATE", -1)
    if opened:
        open_live(f"{proxy_b.url}/{alias}", DESCRIBED)
    else:
        b.write("crawler", 4, made_batch(NOTHING))
    assert ids(client, alias) == [id for id in ALL if id != X]


@pytest.mark.usefixtures("looks_always")
def test_notes_of_attempts_go_with_them_and_those_of_killed_ones_after_a_day(
    a: LiveStore, proxy_a: Proxy, client: Elasticsearch, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "_TWEETS", 3)
    proxy_a.add(first(lambda: _notes_are_there(client, alias)), f"{alias}-live-2018.05/_bulk")
    write(a)
    assert kept(client, alias, "begun") == []
    refuses_counting(proxy_a, alias)
    with pytest.raises(StoreError):
        a.write("crawler", 2, made_batch(BATCH, NO_STONES, [DeadLetter(9, "broken", b"{")]))
    assert kept(client, alias, "begun") == [0, 1]
    monkeypatch.setattr(attempts, "_LATE", -1)
    open_live(f"{proxy_a.url}/{alias}", DESCRIBED)
    assert kept(client, alias, "begun") == [0, 1]
    monkeypatch.setattr(attempts, "_KEPT", -1)
    open_live(f"{proxy_a.url}/{alias}", DESCRIBED)
    assert kept(client, alias, "begun") == []


def _notes_are_there(client: Elasticsearch, alias: str) -> None:
    assert kept(client, alias, "begun") == [0, 1]


def test_the_slower_of_two_attempts_answers_as_the_other_and_leaves_no_dead_letters(
    a: LiveStore, b: LiveStore, proxy_a: Proxy, client: Elasticsearch, alias: str
) -> None:
    answers: list[Written] = []
    proxy_a.add(half(400, "document_parsing_exception"), f"{alias}-live-2018.05/_bulk")
    proxy_a.add(passes, f"{alias}-job-live/_bulk", times=2)  # its note, and the dead letters
    proxy_a.add(first(lambda: answers.append(write(b))), f"{alias}-job-live/_bulk")
    answers.append(write(a))
    assert answers == [Written(4, 1), Written(4, 1)]
    assert write(a) == Written(4, 1)
    assert kept(client, alias, "live-letter") == [9]
    assert kept(client, alias, "begun") == []
    assert ids(client, alias) == ALL


def test_the_dead_letters_of_an_attempt_that_died_go_with_the_one_that_counts(
    a: LiveStore, b: LiveStore, proxy_a: Proxy, client: Elasticsearch, alias: str
) -> None:
    proxy_a.add(half(400, "document_parsing_exception"), f"{alias}-live-2018.05/_bulk")
    refuses_counting(proxy_a, alias)
    dies(a)
    assert kept(client, alias, "live-letter") == [2, 4, 9]
    assert write(b) == Written(4, 1)
    assert kept(client, alias, "live-letter") == [9]


@pytest.mark.usefixtures("looks_always")
def test_the_dead_letters_of_a_slower_attempt_that_died_go_later(
    a: LiveStore,
    b: LiveStore,
    proxy_a: Proxy,
    proxy_b: Proxy,
    client: Elasticsearch,
    alias: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    month, job = f"{alias}-live-2018.05/_bulk", f"{alias}-job-live/_bulk"
    proxy_a.add(passes, job)
    proxy_a.add(half(400, "document_parsing_exception"), month)
    proxy_a.add(first(lambda: write(b)), job)
    proxy_a.add(says(403, "security_exception"), job)
    dies(a)
    assert kept(client, alias, "live-letter") == [2, 4, 9]
    monkeypatch.setattr(attempts, "_LATE", -1)
    open_live(f"{proxy_b.url}/{alias}", DESCRIBED)
    assert kept(client, alias, "live-letter") == [9]


def test_of_two_attempts_that_the_server_refuses_different_tweets_each_refused_one_has_its_letter(
    a: LiveStore, b: LiveStore, proxy_a: Proxy, proxy_b: Proxy, client: Elasticsearch, alias: str
) -> None:
    proxy_a.add(half(400, "document_parsing_exception"), f"{alias}-live-2018.05/_bulk")  # the second and the fourth
    refuses_counting(proxy_a, alias)
    dies(a)
    proxy_b.add(_without_the_last, f"{alias}-live-2018.05/_bulk")
    assert write(b) == Written(3, 2)
    assert kept(client, alias, "live-letter") == [4, 9]


def _without_the_last(asked: Asked, forward: Forward) -> Answer:
    lines = asked.body.rstrip(b"\n").split(b"\n")
    answer = forward(asked._replace(body=b"\n".join(lines[:-2]) + b"\n"))
    error = {"index": {"status": 400, "error": {"type": "document_parsing_exception", "reason": "a test says so"}}}
    both = {"errors": True, "items": [*json.loads(answer.body)["items"], error]}
    return answer._replace(body=json.dumps(both).encode())


def test_a_dead_letter_that_was_replayed_is_none_again_by_another_attempt(
    a: LiveStore,
    b: LiveStore,
    proxy_a: Proxy,
    proxy_b: Proxy,
    client: Elasticsearch,
    elasticsearch_url: str,
    alias: str,
) -> None:
    for proxy in (proxy_a, proxy_b):
        proxy.add(half(400, "document_parsing_exception"), f"{alias}-live-2018.05/_bulk")
    refuses_counting(proxy_a, alias)
    dies(a)
    assert replay(f"{elasticsearch_url}/{alias}")[0].taken == 2
    assert write(b) == Written(2, 3)
    assert kept(client, alias, "live-letter") == [9]
    assert kept(client, alias, "replayed") == [2, 4]
    assert texts_of_replayed(client, alias) == [set(), set()]


def test_of_two_first_writers_with_other_labels_the_one_that_writes_first_stays(
    a: LiveStore, proxy_b: Proxy, client: Elasticsearch, alias: str
) -> None:
    other = open_live(f"{proxy_b.url}/{alias}", OTHERS)  # nothing is written yet, so both are let in
    assert write(a) == Written(4, 1)
    with pytest.raises(StoreError, match="A store holds one label set: choose another alias"):
        other.write("other", 1, made_batch(BATCH))
    assert a.write("a", 1, made_batch(make_documents([replace(tweets(0, 1)[0], id="7" * 17)]))) == Written(1, 0)
    assert ids(client, alias) == [*ALL, "7" * 17]


def test_a_first_writer_whose_index_is_made_of_the_labels_of_another_is_refused(
    a: LiveStore, proxy_a: Proxy, proxy_b: Proxy, client: Elasticsearch, alias: str
) -> None:
    def meanwhile() -> None:
        open_live(f"{proxy_b.url}/{alias}", OTHERS)

    proxy_a.add(passes, f"{alias}-live-2018.05")  # whether it is there
    proxy_a.add(first(meanwhile), f"{alias}-live-2018.05")
    with pytest.raises(StoreError, match="A store holds one label set: choose another alias"):
        write(a)
    assert kept(client, alias, "live-letter") == []
    assert write(a) == Written(4, 1)  # the other one has written nothing yet
    with pytest.raises(StoreError, match="A store holds one label set: choose another alias"):
        open_live(f"{proxy_b.url}/{alias}", OTHERS)


def test_a_refresh_that_a_shard_failed_is_asked_for_again_before_anything_is_taken_out(
    a: LiveStore, proxy_a: Proxy, client: Elasticsearch, alias: str
) -> None:
    a.write("crawler", 0, made_batch(make_documents(tweets(9, 1))))
    client.indices.put_settings(index=f"{alias}-live-2018.05", settings={"refresh_interval": "-1"})
    write(a)
    proxy_a.add(gives({"_shards": {"total": 1, "successful": 0, "failed": 1}}), f"/{alias}/_refresh", times=2)
    a.write("crawler", 2, made_batch(NOTHING, Tombstones([X])))
    assert proxy_a.met == 2
    assert ids(client, alias) == [id for id in [*ALL, str(10**18 + 9)] if id != X]


def test_other_records_under_a_number_are_refused_by_every_writer(
    a: LiveStore, b: LiveStore, client: Elasticsearch, alias: str
) -> None:
    mine, other = (make_documents([Made(id, "another text")]) for id in ALL[:2])
    assert a.write("crawler", 1, made_batch(mine, digest="mine")) == Written(1, 0)
    with pytest.raises(NumberTaken, match="batch 1 of crawler"):
        b.write("crawler", 1, made_batch(other, digest="other"))
    assert b.write("crawler", 1, made_batch(mine, digest="mine")) == Written(1, 0)
    assert b.write("crawler", 1, made_batch(other)) == Written(1, 0)  # of a version that told none
    assert ids(client, alias) == ALL[:1]


def test_of_two_writers_that_begin_other_records_under_a_number_at_once_one_is_told(
    a: LiveStore, b: LiveStore, proxy_a: Proxy
) -> None:
    mine, other = (make_documents([Made(id, "another text")]) for id in ALL[:2])
    proxy_a.add(first(lambda: b.write("crawler", 1, made_batch(other, digest="other"))), "-live-2018.05/_bulk")
    with pytest.raises(NumberTaken):
        a.write("crawler", 1, made_batch(mine, digest="mine"))


def test_retries_of_a_process_leave_no_note_once_their_batch_counts(
    a: LiveStore, proxy_a: Proxy, client: Elasticsearch, alias: str
) -> None:
    for writer in (a, open_live(f"{proxy_a.url}/{alias}", DESCRIBED)):
        refuses_counting(proxy_a, alias)
        dies(writer)
        assert kept(client, alias, "begun") == [0]
    assert write(open_live(f"{proxy_a.url}/{alias}", DESCRIBED)) == Written(4, 1)
    assert kept(client, alias, "begun") == []


def test_notes_whose_bulk_was_taken_and_not_answered_are_ones_own(
    a: LiveStore, proxy_a: Proxy, client: Elasticsearch, alias: str
) -> None:
    proxy_a.add(cut_after, f"{alias}-job-live/_bulk")
    assert write(a) == Written(4, 1)
    assert proxy_a.met == 1
    assert kept(client, alias, "begun") == []


@pytest.mark.usefixtures("looks_always")
def test_a_note_that_cannot_be_seen_to_holds_nobody_up(
    a: LiveStore,
    b: LiveStore,
    proxy_a: Proxy,
    proxy_b: Proxy,
    client: Elasticsearch,
    alias: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    month = f"{alias}-live-2018.05"
    proxy_a.add(passes, "_mget", times=2)
    proxy_a.add(first(lambda: b.write("other", 1, made_batch(NOTHING, Tombstones([X])))), f"{month}/_bulk")
    proxy_a.add(says(403, "security_exception"), "_mget")
    dies(a)
    client.indices.put_settings(index=month, settings={"index.blocks.write": True})
    monkeypatch.setattr(attempts, "_LATE", -1)
    monkeypatch.setattr(attempts, "_KEPT", -1)
    open_live(f"{proxy_b.url}/{alias}", DESCRIBED).write("other", 2, made_batch(NOTHING))
    assert ids(client, alias) == ALL
    assert kept(client, alias, "begun") == []  # it was too old
    client.indices.put_settings(index=month, settings={"index.blocks.write": False})


@pytest.mark.usefixtures("looks_always")
def test_a_look_after_others_ends_in_time_and_the_next_one_goes_on_there(
    a: LiveStore, b: LiveStore, proxy_a: Proxy, client: Elasticsearch, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        refuses_counting(proxy_a, alias)
        with pytest.raises(StoreError):
            a.write("crawler", number, made_batch(BATCH, NO_STONES, [DeadLetter(9, "broken", b"{")]))
    monkeypatch.setattr(attempts, "_LATE", -1)
    monkeypatch.setattr(attempts, "_KEPT", -1)
    monkeypatch.setattr(attempts, "_LOOK", -1)
    left = []
    for number in range(3):
        b.write("other", number, made_batch(NOTHING))
        left.append(len(kept(client, alias, "begun")))
    assert left == [2, 1, 0]


def test_a_writer_of_a_store_that_was_begun_anew_with_other_labels_is_refused(
    a: LiveStore, proxy_b: Proxy, client: Elasticsearch, alias: str
) -> None:
    write(a)
    forget(client, alias)
    open_live(f"{proxy_b.url}/{alias}", OTHERS)
    client.indices.create(index=f"{alias}-live-2018.05", aliases={alias: {}})  # as it does at its first tweet
    with pytest.raises(StoreError, match="A store holds one label set"):
        a.write("crawler", 2, made_batch(make_documents(tweets(1, 4))))
    assert kept(client, alias, "live-letter") == []


def test_of_two_first_writers_with_other_labels_and_months_one_stays(
    a: LiveStore, proxy_b: Proxy, client: Elasticsearch, alias: str
) -> None:
    month = f"{alias}-live-unknown"
    other = open_live(f"{proxy_b.url}/{alias}", OTHERS)
    proxy_b.add(passes, month)  # whether it is there
    proxy_b.add(first(lambda: write(a)), month)
    undated = make_documents([Made("x-1", "no time", at=None)])
    for _ in range(2):
        with pytest.raises(StoreError, match="A store holds one label set"):
            other.write("other", 1, made_batch(undated))
    assert a.write("crawler", 2, made_batch(make_documents([Made("x-2", "no time", at=None)]))) == Written(1, 0)
    assert ids(client, alias) == [*ALL, "x-2"]


def test_attempts_that_choose_other_tweets_keep_a_letter_for_each_refused_one(
    a: LiveStore, b: LiveStore, proxy_a: Proxy, proxy_b: Proxy, client: Elasticsearch, alias: str
) -> None:
    proxy_a.add(half(400, "document_parsing_exception"), f"{alias}-live-2018.05/_bulk")  # the second and the fourth
    refuses_counting(proxy_a, alias)
    dies(a)
    proxy_b.add(half(400, "document_parsing_exception"), f"{alias}-live-2018.05/_bulk")  # the third, then
    assert write(b, BATCH.slice(1)) == Written(2, 2)
    client.indices.refresh(index=f"{alias}-job-live")
    found = client.search(index=f"{alias}-job-live", query={"term": {"kind": "live-letter"}})["hits"]["hits"]
    assert {hit["_source"].get("tweet_id") for hit in found} == {None, ALL[2]}


def test_a_batch_that_nobody_can_name_again_leaves_nothing_but_its_tweets_and_dead_letters(
    a: LiveStore, client: Elasticsearch, alias: str
) -> None:
    batch = made_batch(BATCH, letters=[DeadLetter(9, "broken", b"{")])
    assert a.write("api-1", 1, replace(batch, once=True)) == Written(4, 1)
    assert [kept(client, alias, kind) for kind in ("live", "begun", "live-letter")] == [[], [], [9]]
    assert ids(client, alias) == ALL


@pytest.mark.usefixtures("looks_always")
def test_notes_of_an_earlier_version_hold_nobody_up_and_go_in_the_end(
    a: LiveStore, client: Elasticsearch, alias: str
) -> None:
    for key in ("crawler/1", "crawler/7"):
        id = f"begun/{key}/0"
        note = {"kind": "begun", "key": key, "number": 0, "id": id, "begun": 1.0, "tweets": [[X, None]]}
        client.index(index=f"{alias}-job-live", id=id, document=note, refresh=True)
    assert write(a) == Written(4, 1)
    a.write("crawler", 2, made_batch(NOTHING))
    assert kept(client, alias, "begun") == []
