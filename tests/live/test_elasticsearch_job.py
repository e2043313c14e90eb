"""The labelling job into a real Elasticsearch: the same documents as in a directory, whatever kills it."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from emotion.errors import JobError, StoreError
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.labelling.run import Run
from emotion.stores.elasticsearch import ledger, manifest
from emotion.stores.elasticsearch.graves import Graves
from emotion.stores.opening import open_queries
from emotion.tweets.tweet import DeadLetter
from tests.labelling.made import (
    OF_A_RUN,
    assert_equal_rows,
    delete,
    label_and_die,
    rows,
    tweet,
    write_bundle,
    write_lines,
)
from tests.live.made_index import fill, ids, letters, store_at, tweets, write_part
from tests.live.proxy import between, limited, says
from tests.made_store import LABELS, PROFILE_LABELS, make_documents

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("model") / "bundle")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Duplicates within and across files, deleted tweets, what cannot be read, another language."""
    folder = tmp_path_factory.mktemp("archive")
    french = [tweet(900 + n, lang="fr") for n in range(4)]
    write_lines(folder / "a.jsonl", [*(tweet(n) for n in range(150)), '{"broken": ', delete(7), *french])
    write_lines(folder / "b.jsonl", [*(tweet(n) for n in range(145, 250)), "", delete(8), "not json"])
    write_lines(folder / "c.jsonl", [*(tweet(n) for n in range(250, 300)), tweet(299), delete(251), delete(5000)])
    return folder


@pytest.fixture(scope="module")
def directory(archive: Path, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    store = tmp_path_factory.mktemp("stores") / "directory"
    return label(options(archive, str(store), bundle)), store


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Several splits a file and parts a split, so that lines must be corrected."""
    with monkeypatch.context() as patch:
        patch.setattr("emotion.labelling.job.SPLIT_BYTES", 20_000)
        patch.setattr("emotion.labelling.job.PART_BYTES", 8_000)
        yield


def options(archive: Path, to: str, bundle: Path, **more: Any) -> LabelOptions:
    return LabelOptions(archives=(str(archive),), to=to, model=str(bundle), ray="off", **more)


def documents(target: str) -> list[dict[str, Any]]:
    """All documents by id, without what differs between two equal stores."""
    with open_queries(target) as queries:
        found = [row for batch in queries.documents() for row in batch.to_pylist()]
    kept = [{name: value for name, value in row.items() if name not in OF_A_RUN} for row in found]
    return sorted(kept, key=lambda row: str(row["tweet_id"]))


def test_an_index_holds_what_a_directory_does_with_the_same_accounts(
    elasticsearch_url: str, client: Elasticsearch, alias: str, archive: Path, bundle: Path, directory: tuple[Run, Path]
) -> None:
    target = f"{elasticsearch_url}/{alias}"
    run = label(options(archive, target, bundle))
    assert run.accounts == directory[0].accounts
    assert_equal_rows(documents(target), rows(directory[1]))
    told = (directory[1] / "dead_letters.jsonl").read_text()
    assert len(told.splitlines()) == len(letters(client, alias))
    for letter in letters(client, alias):
        assert f'"line":{letter["line"]},' in told
    again = label(options(archive, target, bundle))
    assert (again.accounts, again.read_now) == (run.accounts, 0)


def test_after_a_kill_at_any_point_the_index_equals_the_undisturbed_one(
    elasticsearch_url: str, alias: str, archive: Path, bundle: Path, directory: tuple[Run, Path]
) -> None:
    asked = options(archive, f"{elasticsearch_url}/{alias}", bundle)
    for point in ("bulk-answered:2", "before-commit:2", "finish-bucket"):
        assert label_and_die(asked, point), point
    assert label(asked).accounts == directory[0].accounts
    assert_equal_rows(documents(asked.to), rows(directory[1]))


def test_a_new_labelling_shows_the_old_one_or_the_new_one_and_never_both(
    elasticsearch_url: str, client: Elasticsearch, alias: str, archive: Path, bundle: Path, tmp_path: Path
) -> None:
    asked = options(archive, f"{elasticsearch_url}/{alias}", bundle)
    label(asked)
    anew = replace(asked, restart=True, model=str(write_bundle(tmp_path / "other", seed=1)))
    old = models(client, alias)
    assert label_and_die(anew, "before-exchange")
    assert models(client, alias) == old
    assert label_and_die(anew, "after-exchange")
    new = models(client, alias)
    assert len(new) == 1
    assert new != old
    label(anew)
    assert {name.rpartition("-")[2] for name in client.indices.get(index=f"{alias}*")} == {"v000003", "000003"}


def models(client: Elasticsearch, alias: str) -> set[str]:
    """The models of all that is behind the alias."""
    found = client.search(index=alias, size=0, aggs={"models": {"terms": {"field": "model"}}})
    return {bucket["key"] for bucket in found["aggregations"]["models"]["buckets"]}


def test_settings_for_filling_end_with_the_job_also_after_a_kill(
    elasticsearch_url: str, client: Elasticsearch, alias: str, archive: Path, bundle: Path
) -> None:
    asked = options(archive, f"{elasticsearch_url}/{alias}", bundle)
    assert label_and_die(asked, "before-commit:2")
    index = f"{alias}-v000001"
    assert client.indices.get_settings(index=index)[index]["settings"]["index"]["refresh_interval"] == "-1"
    assert not client.indices.exists_alias(name=alias)
    label(asked)
    kept = client.indices.get_settings(index=index)[index]["settings"]["index"]
    assert "refresh_interval" not in kept
    assert kept["number_of_replicas"] == "1"
    assert "settings_before" not in client.indices.get_mapping(index=index)[index]["mappings"]["_meta"]


def test_two_jobs_at_once_are_refused(elasticsearch_url: str, alias: str) -> None:
    store = store_at(elasticsearch_url, alias)
    with (
        store.hold(),
        pytest.raises(JobError, match="Another job is at work"),
        store_at(elasticsearch_url, alias).hold(),
    ):
        pass
    with store_at(elasticsearch_url, alias).hold() as held:
        assert held.attempt == 2
        held.check()


def test_other_labels_and_foreign_indices_are_refused(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    fill(elasticsearch_url, alias, [tweets(0, 3)])
    store = store_at(elasticsearch_url, alias)
    with pytest.raises(StoreError, match="A store holds one label set"):
        store.open(["hope", "despair"], [])
    client.indices.create(index=f"{alias}-foreign")
    with pytest.raises(StoreError, match="exists and is not a store"):
        store_at(elasticsearch_url, f"{alias}-foreign")


@pytest.mark.parametrize("ends", [("", "-vienna", "-v2-live"), ("-live-x", "-live", "")], ids=["short first", "last"])
def test_stores_whose_names_begin_alike_lie_side_by_side(
    ends: tuple[str, ...], elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    for number, end in enumerate(ends):
        store = store_at(elasticsearch_url, f"{alias}{end}")
        with store.explained(), store.hold():
            store.open([f"label{number}"], [])
    for number, end in enumerate(ends):
        found = store_at(elasticsearch_url, f"{alias}{end}").describe()
        assert found is not None
        assert found.labels == [f"label{number}"]
        companion = client.indices.get_mapping(index=f"{alias}{end}-job-000001")[f"{alias}{end}-job-000001"]
        assert sorted(companion["mappings"]["properties"]) == ["key", "kind", "number", "tweet_id"]


def test_nothing_at_the_address_is_a_sentence_at_once(archive: Path, bundle: Path) -> None:
    began = time.monotonic()
    with pytest.raises(StoreError, match="Nothing answers at"):
        label(options(archive, "http://127.0.0.1:1/tweets", bundle))
    assert time.monotonic() - began < 30


def test_what_was_written_and_never_committed_goes_with_the_finish(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    store = store_at(elasticsearch_url, alias)
    with store.hold():
        store.open(LABELS, PROFILE_LABELS)
        store.write("000007-00000-00000", "cut.jsonl", make_documents(tweets(2, 5)), [DeadLetter(1, "broken", b"{")])
    assert fill(elasticsearch_url, alias, [tweets(0, 4)])[0].documents == 4
    assert len(ids(client, alias)) == 4
    assert letters(client, alias) == []


def test_a_finisher_that_lost_its_lease_shows_nothing(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    store = store_at(elasticsearch_url, alias)

    def check() -> None:
        if store.ledger.totals().documents:
            raise JobError("another one took the store over")

    with store.explained(), store.hold():
        store.open(LABELS, PROFILE_LABELS)
        write_part(store, 0, make_documents(tweets(0, 3)))
        with pytest.raises(JobError, match="took the store over"):
            store.finish(workers=1, check=check)
        assert not client.indices.exists_alias(name=alias)
        store.finish(workers=1)
    assert len(ids(client, alias)) == 3


def test_a_holder_looks_for_its_lease_as_long_as_for_all_else(
    elasticsearch_url: str, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "_LEASE_PATIENCE", 0)
    with between(elasticsearch_url) as proxy:
        store = store_at(proxy.url, alias)
        with store.explained(), store.hold() as held:
            proxy.add(says(503), "_doc/lease", times=3)
            held.check()
        assert proxy.met == 3


def test_a_manifest_is_kept_in_pieces_and_the_one_before_goes(
    elasticsearch_url: str, client: Elasticsearch, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "_LONGEST", 10_000)
    refused: list[int] = []
    with between(elasticsearch_url) as proxy:
        proxy.add(limited(70_000, refused), f"{alias}-job-000001/", times=10_000)
        store = store_at(proxy.url, alias)
        with store.explained(), store.hold():
            assert store.manifest() is None
            for seed, kilobytes in ((1, 200), (2, 100), (3, 1)):
                store.keep_manifest(kept := random.Random(seed).randbytes(kilobytes << 10))
                assert store.manifest() == kept
    assert refused  # as a whole it does not pass
    client.indices.refresh(index=f"{alias}-job")
    assert client.count(index=f"{alias}-job", query={"term": {"kind": "manifest-piece"}})["count"] == 0


@pytest.mark.parametrize("rounds", [1, 10], ids=["alone", "beside a crawler that brings deletions all the time"])
def test_an_index_that_others_changed_does_not_balance(
    rounds: int, elasticsearch_url: str, client: Elasticsearch, alias: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(elasticsearch_url, alias, [tweets(0, 3)])
    client.delete(index=f"{alias}-v000001", id=str(10**18), refresh=True)
    counts = iter([0] * 3 if rounds == 1 else range(3 * rounds))  # three looks a round
    monkeypatch.setattr(Graves, "count", lambda _: next(counts))
    store = store_at(elasticsearch_url, alias)
    with store.hold(), pytest.raises(JobError, match="holds 2 documents, but the ledger counts 3"):
        store.finish(workers=1)
