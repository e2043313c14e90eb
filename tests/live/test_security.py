"""Users, keys and certificates, through a proxy that checks them, before a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from emotion.cli import run
from emotion.errors import StoreError
from emotion.stores.elasticsearch.address import address
from emotion.stores.elasticsearch.connect import connect, meet
from emotion.stores.opening import open_queries
from tests.live.filled import fill
from tests.live.guarded import API_KEY, PASSWORD, USER, guarded
from tests.made_store import Made

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
