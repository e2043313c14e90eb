"""`emotion forget` on an index: of jobs, of live writers at work, of both, and of neither."""

import json
import os
import signal
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from emotion.errors import JobError, UsageError
from emotion.labelling.forget import forget
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.predictor import Predictor
from emotion.stores.described import describe
from emotion.stores.document import Context
from emotion.stores.live.records import read
from emotion.stores.opening import open_live, open_store
from tests.labelling.made import EMOTIONS, PROFILE, label_and_die, tweet, write_archive, write_bundle, write_lines
from tests.live.made_index import fill, ids, letters, tweets
from tests.made_store import LABELS, PROFILE_LABELS, made_batch, make_documents

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("model") / "bundle")


@pytest.fixture
def asked(elasticsearch_url: str, alias: str, bundle: Path, tmp_path: Path) -> LabelOptions:
    archive = str(write_archive(tmp_path / "archive"))
    return LabelOptions((archive,), f"{elasticsearch_url}/{alias}", model=str(bundle), ray="off")


def id_of(number: int) -> str:
    return str(tweet(number)["id_str"])


def of_index(client: Elasticsearch, alias: str) -> set[str]:
    client.indices.refresh(index=alias)
    found = client.search(index=alias, size=1000, source=False)
    return {hit["_id"] for hit in found["hits"]["hits"]}


LEFT = {id_of(n) for n in range(300) if n % 7 != 3} - {id_of(n) for n in (7, 8, 9, 251)}


def test_what_a_job_wrote_goes_and_stays_away(asked: LabelOptions, client: Elasticsearch, alias: str) -> None:
    before = label(asked).accounts
    found = forget(asked.to, [id_of(9)], ["3"])
    assert of_index(client, alias) == LEFT
    assert found.accounts.deleted == before.deleted + 2
    assert found.removed == before.documents - found.accounts.documents == before.documents - len(LEFT)
    write_lines(Path(asked.archives[0]) / "d.jsonl", [tweet(9), tweet(703), tweet(7000)])
    assert label(asked).accounts.documents == len(LEFT) + 1
    assert of_index(client, alias) == LEFT | {id_of(7000)}
    with pytest.raises(JobError, match="was told to forget"):
        label(replace(asked, restart=True))


def die(store: str, crash: str, environment: dict[str, str]) -> None:
    os.environ |= environment | {"EMOTION_CRASH": crash}
    forget(store, [id_of(9)], ["3"])


@pytest.mark.parametrize("point", ["before-commit", "after-commit", "finish-bucket"])
def test_killed_anywhere_the_same_again_brings_it_to_its_end(
    point: str, asked: LabelOptions, client: Elasticsearch, alias: str
) -> None:
    label(asked)
    process = get_context("forkserver").Process(target=die, args=(asked.to, point, dict(os.environ)))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL, f"no process passed {point}"
    forget(asked.to, [id_of(9)], ["3"])
    assert of_index(client, alias) == LEFT
    assert label(asked).read_now == 0


def test_live_writers_at_work_are_told_too(
    elasticsearch_url: str, client: Elasticsearch, alias: str, bundle: Path, asked: LabelOptions
) -> None:
    label(asked)
    predictor, records = Predictor.load(bundle), [json.dumps(tweet(n)).encode() for n in range(400, 410)]
    live = open_live(asked.to, describe(EMOTIONS, PROFILE))

    def bring(sequence: int) -> None:
        found = read(records, "made")
        made = found.labelled(predictor(found.texts), Context("crawl", "exact", "live", 0))
        live.write("crawler", sequence, made)

    bring(1)
    forget(asked.to, [id_of(9), id_of(400)], ["3"])
    kept = LEFT | {id_of(n) for n in range(401, 410) if n % 7 != 3}
    assert of_index(client, alias) == kept
    bring(2)
    assert label(asked).read_now == 0
    assert of_index(client, alias) == kept


def test_what_a_job_alone_wrote_is_brought_back_by_no_later_writer(
    client: Elasticsearch, alias: str, bundle: Path, asked: LabelOptions
) -> None:
    before = label(asked).accounts
    found = forget(asked.to, [id_of(9)], ["3"])
    assert found.removed == before.documents - len(LEFT)
    predictor, live = Predictor.load(bundle), open_live(asked.to, describe(EMOTIONS, PROFILE))
    records = read([json.dumps(tweet(n)).encode() for n in (9, 10, 17, 703, 704)], "made")
    made = records.labelled(predictor(records.texts), Context("crawl", "exact", "live", 0))
    live.write("crawler", 1, made)
    assert of_index(client, alias) == LEFT | {id_of(704)}


def test_a_private_index_still_takes_no_live_tweets_and_goes_on(asked: LabelOptions) -> None:
    private = replace(asked, hash_ids=True)
    label(private)
    assert forget(private.to, [id_of(9)], []).removed == 1
    assert label(private).read_now == 0


def test_what_a_restart_left_that_was_cut_short_goes_too(
    asked: LabelOptions, client: Elasticsearch, alias: str
) -> None:
    label(asked)
    assert label_and_die(replace(asked, restart=True), "after-commit")
    assert client.indices.exists(index=f"{alias}-v000002")
    for _ in range(2):
        forget(asked.to, [id_of(9)], ["3"])
        assert not client.indices.exists(index=f"{alias}-v000002")
    assert of_index(client, alias) == LEFT
    assert label(asked).read_now == 0


def test_an_index_that_was_begun_and_holds_nothing_is_left_to_whoever_began_it(asked: LabelOptions) -> None:
    store = open_store(asked.to)
    store.recover()
    with store.hold():
        store.open(EMOTIONS, PROFILE)
    with pytest.raises(JobError, match="holds no tweet yet: say the command again"):
        forget(asked.to, [id_of(9)], [])
    assert not store.holds_live()


def test_live_tweets_alone_go_and_are_not_brought_again(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    live = open_live(f"{elasticsearch_url}/{alias}", describe(LABELS, PROFILE_LABELS))
    live.write("crawler", 1, made_batch(make_documents([*tweets(0, 4), *tweets(4, 2, user="gone")])))
    forget(f"{elasticsearch_url}/{alias}", [str(10**18 + 1)], ["id-gone"])
    kept = [str(10**18 + n) for n in (0, 2, 3)]
    assert ids(client, alias) == kept
    live.write("crawler", 2, made_batch(make_documents([*tweets(1, 1), *tweets(9, 1, user="gone")])))
    assert ids(client, alias) == kept


def test_retweets_go_with_what_they_repeat(asked: LabelOptions, client: Elasticsearch, alias: str) -> None:
    one, bystander = tweet(3, "good sun"), tweet(4, "late train")
    repeated = [tweet(n, "RT", retweeted_status=original) for original, n in ((one, 11), (bystander, 12))]
    archive = write_lines(Path(asked.archives[0]).with_name("few.jsonl"), [one, bystander, *repeated])
    label(replace(asked, archives=(str(archive),)))
    found = forget(asked.to, [], ["3"])
    assert (found.retweets, found.removed) == (1, 2)
    assert of_index(client, alias) == {id_of(4), id_of(12)}


def test_dead_letters_without_their_texts_are_counted_as_before(
    asked: LabelOptions, client: Elasticsearch, alias: str
) -> None:
    """As docs/deleting.md says; this node has no module for the request there."""
    before = label(asked).accounts
    for hit in client.search(index=f"{alias}-job", query={"term": {"kind": "letter"}})["hits"]["hits"]:
        bare = {name: value for name, value in hit["_source"].items() if name not in ("raw", "document")}
        client.index(index=hit["_index"], id=hit["_id"], document=bare, refresh=True)
    assert all("raw" not in letter and letter["reason"] for letter in letters(client, alias))
    assert len(letters(client, alias)) == before.dead_letters == 2
    assert forget(asked.to, [id_of(9)], []).accounts.dead_letters == 2


def test_what_a_sink_wrote_goes_too(elasticsearch_url: str, client: Elasticsearch, alias: str) -> None:
    fill(elasticsearch_url, alias, [tweets(0, 4), tweets(4, 2, user="gone")])
    found = forget(f"{elasticsearch_url}/{alias}", [str(10**18 + 1)], ["id-gone"])
    assert (found.accounts.removed, found.accounts.documents) == (3, 3)
    assert ids(client, alias) == [str(10**18 + n) for n in (0, 2, 3)]


def test_where_there_is_no_store_nothing_is_made(elasticsearch_url: str, client: Elasticsearch, alias: str) -> None:
    with pytest.raises(UsageError, match="There is no store at"):
        forget(f"{elasticsearch_url}/{alias}", ["1"], [])
    assert not client.indices.get(index=f"{alias}*", expand_wildcards="all")
