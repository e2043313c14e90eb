"""Users, keys and certificates, through a proxy that checks them, before a real server."""

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from emotion.cli import run
from emotion.errors import StoreError
from emotion.stores.elasticsearch.address import address
from emotion.stores.elasticsearch.connect import connect, meet
from emotion.stores.opening import open_queries
from tests.labelling.made import tweet, write_bundle, write_lines
from tests.live.filled import fill
from tests.live.guarded import API_KEY, PASSWORD, USER, guarded
from tests.live.made_index import store_at, tweets, write_part
from tests.live.proxy import between, says
from tests.made_store import LABELS, PROFILE_LABELS, Made, make_documents

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def proxy(elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    with guarded(elasticsearch_url, tmp_path_factory.mktemp("tls")) as where:
        yield where


@pytest.fixture
def ca(proxy: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> str:
    """The proxy's address, its certificate being known."""
    monkeypatch.setenv("EMOTION_ES_CA", str(proxy[1]))
    return proxy[0]


def test_a_key_opens_a_store(client: Elasticsearch, alias: str, ca: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(client, alias, [Made("1", "storm", "fear")])
    monkeypatch.setenv("EMOTION_ES_API_KEY", API_KEY)
    with open_queries(f"{ca}/{alias}") as queries:
        assert queries.summary().emotions["fear"] == 1


def test_a_user_opens_a_store_with_the_password_of_a_file(
    client: Elasticsearch, alias: str, ca: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(client, alias, [Made("1", "storm", "fear")])
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    monkeypatch.setenv("EMOTION_ES_PASSWORD_FILE", str(tmp_path / "password"))
    with open_queries(f"{ca.replace('://', f'://{USER}@')}/{alias}") as queries:
        assert [hit.tweet_id for hit in queries.search("storm").hits] == ["1"]


def test_a_job_and_its_workers_come_in_and_keep_no_secret(
    elasticsearch_url: str,
    client: Elasticsearch,
    alias: str,
    ca: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """First with a key and worker processes, whose words are heard too, then more files with a password."""
    bundle, archive = write_bundle(tmp_path / "bundle"), tmp_path / "archive"
    options = ["--model", str(bundle), "--ray", "off"]
    for name in ("a", "b"):
        write_lines(archive / f"{name}.jsonl", [*(tweet(ord(name) + n * 100) for n in range(20)), "{broken"])
    monkeypatch.setenv("EMOTION_ES_API_KEY", API_KEY)
    assert run(["label", str(archive), "--to", f"{ca}/{alias}", *options, "--workers", "2"]) == 0
    monkeypatch.delenv("EMOTION_ES_API_KEY")
    monkeypatch.setenv("EMOTION_ES_PASSWORD", PASSWORD)
    for name in ("c", "d"):
        write_lines(archive / f"{name}.jsonl", [tweet(ord(name) + n * 100) for n in range(20)])
    assert run(["label", str(archive), "--to", f"{ca.replace('://', f'://{USER}@')}/{alias}", *options]) == 0
    client.indices.refresh(index=f"{alias}*")
    assert client.count(index=alias)["count"] == 80
    kept = client.search(index=f"{alias}-job", size=1000)["hits"]["hits"]
    manifest = store_at(elasticsearch_url, alias).manifest() or b""
    told = capfd.readouterr()
    for said in (json.dumps(kept), manifest.decode(), told.out + told.err):
        assert said
        for secret in (API_KEY, PASSWORD, b64encode(f"{USER}:{PASSWORD}".encode()).decode()):
            assert secret not in said


def test_who_may_only_read_asks_a_store_that_a_first_job_is_filling(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    """To refresh an index is more than to read it."""
    store = store_at(elasticsearch_url, alias)
    with store.explained(), store.hold():
        store.open(LABELS, PROFILE_LABELS)
        write_part(store, 0, make_documents(tweets(0, 3)))
        client.indices.refresh(index=f"{alias}-*")
        with between(elasticsearch_url) as proxy:
            proxy.add(says(403, "security_exception", "not for you"), "_refresh", times=10)
            with open_queries(f"{proxy.url}/{alias}") as queries:
                assert (queries.summary().tweets, queries.unfinished) == (3, True)
            assert proxy.met == 2


def test_a_wrong_password_is_a_sentence_without_it(
    ca: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMOTION_ES_PASSWORD", "wr0ng-w0rd")
    assert run(["summary", f"{ca.replace('://', f'://{USER}@')}/tweets"]) == 1
    said = capsys.readouterr().err
    assert "lets nobody in without the right user and password or API key" in said
    assert "wr0ng" not in said


def test_an_unknown_certificate_is_a_sentence(proxy: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMOTION_ES_CA", raising=False)
    where = address(f"{proxy[0]}/tweets")
    with connect(where) as client, pytest.raises(StoreError, match=r"could not prove who it is.* Set EMOTION_ES_CA"):
        meet(client, where)


def test_a_server_that_is_asked_without_tls_is_a_sentence(ca: str) -> None:
    where = address(f"{ca.replace('https', 'http')}/tweets")
    with connect(where, max_retries=0) as client, pytest.raises(StoreError, match="Nothing answers at"):
        meet(client, where)
