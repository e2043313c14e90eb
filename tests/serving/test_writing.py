"""What is sent with `store=true` lies in the store, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from emotion.errors import StoreError
from emotion.models.bundle import Bundle
from emotion.serving.options import ServeOptions
from emotion.serving.replica import Replica
from emotion.serving.writing import LiveWrites
from emotion.stores.opening import open_queries
from tests.labelling.made import delete, tweet, write_bundle


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@contextmanager
def serving(folder: Path, **more: str) -> Iterator[TestClient]:
    """An API that writes to the store; when the block ends it has let go of it."""
    asked = {"model": str(write_bundle(folder / "model")), "store": str(folder / "store"), "write": True}
    options = ServeOptions.model_validate(asked | more)
    replica = Replica(options)
    with TestClient(replica.app()) as client:
        assert client.portal is not None
        client.portal.call(replica.models.change, options.choice)
        yield client


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with serving(tmp_path) as client:
        yield client


def send(client: TestClient, records: list[object], sequence: int) -> dict[str, object]:
    headers = {"Emotion-Source": "crawler", "Emotion-Sequence": str(sequence)}
    answer = client.post("/v1/emotions?store=true&answers=false", json={"tweets": records}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()["stored"]
    return found


def test_a_batch_sent_again_is_in_the_store_once(client: TestClient, store: Path) -> None:
    batch: list[object] = [tweet(n) for n in range(30)]
    for _ in range(3):
        assert send(client, batch, 1)["read"] == 30
    assert send(client, [tweet(40), {"broken": 1}], 2)["dead_letters"] == 1
    with open_queries(str(store)) as queries:
        assert queries.summary().tweets == 31


def test_what_was_written_can_be_asked_for_at_once(client: TestClient) -> None:
    send(client, [tweet(n) for n in range(5)], 1)
    assert client.get("/v1/summary").json()["tweets"] == 5


def test_a_deleted_tweet_goes(tmp_path: Path, store: Path) -> None:
    with serving(tmp_path) as client:
        send(client, [tweet(n) for n in range(5)], 1)
        send(client, [delete(3)], 2)
    with open_queries(str(store)) as queries:
        assert queries.summary().tweets == 4


def test_names_are_found_in_what_is_written_where_they_are_asked_for(tmp_path: Path) -> None:
    names = tmp_path / "people.tsv"
    names.write_text("Ada Lovelace\tperson\n")
    with serving(tmp_path, entities=f"{names},names") as client:
        send(client, [tweet(1, text="today I met ada lovelace in London"), tweet(2, text="nobody at all")], 1)
        found = client.get("/v1/top", params={"kind": "entities"}).json()
        assert [each["term"] for each in found] == ["ada lovelace", "london"]
        assert [each["term"] for each in client.get("/v1/top", params={"kind": "people"}).json()] == ["ada lovelace"]


def test_names_that_nobody_writes_are_wrong_use() -> None:
    with pytest.raises(ValidationError, match="they need `write`"):
        ServeOptions(store="store", entities="names")


def test_models_with_different_labels_do_not_share_a_store(tmp_path: Path) -> None:
    bundle = Bundle.load(write_bundle(tmp_path / "model"))
    writes = LiveWrites(str(tmp_path / "store"))
    writes.check([bundle])
    with pytest.raises(StoreError, match="one label set"):
        writes.check([bundle, Bundle.load(Path("emotion/shipped").resolve())])
