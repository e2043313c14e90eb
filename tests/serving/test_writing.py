"""What is sent with `store=true` lies in the store, once."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from emotion.errors import JobError, StoreError, StoreRefusal, UsageError
from emotion.models.bundle import Bundle
from emotion.serving.api.served import Busy, Stuck
from emotion.serving.options import ServeOptions
from emotion.serving.replica import Replica
from emotion.serving.writing import LiveWrites, described_of
from emotion.stores.described import Described, describe
from emotion.stores.directory.live import DirectoryLive
from emotion.stores.document import Context
from emotion.stores.live.batch import Labelled
from emotion.stores.live.records import of_texts
from emotion.stores.opening import open_live, open_queries
from emotion.stores.protocol import Written
from tests.labelling.made import delete, tweet, write_bundle
from tests.serving.made import LABELS, PROFILE, predictions_of

INDEX = "http://127.0.0.1:9200/tweets"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@contextmanager
def serving(folder: Path, **more: Any) -> Iterator[TestClient]:
    """An API that writes to the store; when the block ends it has let go of it."""
    asked = {"model": str(write_bundle(folder / "model")), "store": str(folder / "store"), "write": True}
    options = ServeOptions.model_validate(asked | more)
    replica = Replica(options)
    with TestClient(replica.app(), base_url="http://localhost") as client:
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


def test_a_model_without_a_profile_writes(tmp_path: Path) -> None:
    made = Bundle.load(write_bundle(tmp_path / "whole"))
    weights = {name: weight for name, weight in made.weights.items() if not name.startswith("heads.1.")}
    Bundle(made.config, made.heads[:1], made.rules, made.vocabulary, weights).save(tmp_path / "small")
    with serving(tmp_path, model=str(tmp_path / "small")) as client:
        assert send(client, [tweet(n) for n in range(5)], 1)["documents"] == 5


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
    writes = LiveWrites(str(tmp_path / "store"), None, 2)
    writes.check([bundle])
    with pytest.raises(StoreError, match="one label set"):
        writes.check([bundle, Bundle.load(Path("emotion/shipped").resolve())])


def test_a_model_with_other_labels_than_the_store_holds_is_refused_before_the_first_write(tmp_path: Path) -> None:
    """As after a restart: this process has written nothing yet."""
    store = tmp_path / "store"
    open_live(str(store), describe(LABELS, PROFILE)).close()
    bundle = Bundle.load(write_bundle(tmp_path / "model"))
    with pytest.raises(StoreRefusal, match="one label set"):
        LiveWrites(str(store), None, 2).check([bundle])
    LiveWrites(str(tmp_path / "new"), None, 2).check([bundle])


def test_what_a_store_held_is_remembered_while_it_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = [StoreError("down"), describe(LABELS, PROFILE), StoreError("down"), None]

    def told(_: str) -> object:
        answer = said.pop(0)
        if isinstance(answer, StoreError):
            raise answer
        return answer

    monkeypatch.setattr("emotion.serving.writing.describe_store", told)
    writes, bundles = LiveWrites("store", None, 2), [Bundle.load(write_bundle(tmp_path / "model"))]
    writes.check(bundles)  # nothing is known: a replica must come up while its store is down
    for _ in range(2):
        with pytest.raises(StoreRefusal, match="one label set"):
            writes.check(bundles)
    writes.check(bundles)  # the store is gone


@pytest.mark.parametrize("another_replica_wrote", [False, True])
def test_a_store_that_was_removed_is_begun_again_by_a_model_of_other_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, another_replica_wrote: bool
) -> None:
    """This replica has it open still."""
    bundle, opened = Bundle.load(write_bundle(tmp_path / "model")), list[Described]()
    there: list[Described | None] = [describe(LABELS, PROFILE)]

    def opens(_: str, described: Described) -> Failing:
        opened.append(described)
        return Failing(None)

    monkeypatch.setattr("emotion.serving.writing.describe_store", lambda _: there[0])
    monkeypatch.setattr("emotion.serving.writing.open_live", opens)
    writes = LiveWrites(INDEX, None, 2)
    writes._described = there[0]
    asyncio.run(writes.write("a", 1, labelled("joy")))
    with pytest.raises(StoreRefusal, match="one label set"):
        writes.check([bundle])
    there[0] = described_of(bundle) if another_replica_wrote else None
    writes.check([bundle])
    there[0] = described_of(bundle)
    writes._opened()
    assert [each.labels for each in opened] == [list(LABELS), described_of(bundle).labels]


def test_a_store_that_is_being_made_holds_a_model_to_its_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, bundle = Held(), Bundle.load(write_bundle(tmp_path / "model"))
    monkeypatch.setattr("emotion.serving.writing.describe_store", lambda _: None)
    monkeypatch.setattr("emotion.serving.writing.open_live", lambda *_: store)
    writes = LiveWrites("store", None, 2)
    writes._described = describe(LABELS, PROFILE)

    async def test() -> None:
        writing = asyncio.ensure_future(writes.write("a", 1, labelled("joy")))
        while writes._since is None:
            await asyncio.sleep(0.001)
        with pytest.raises(StoreRefusal, match="one label set"):
            writes.check([bundle])
        store.may.set()
        await writing
        await writes.close()

    asyncio.run(asyncio.wait_for(test(), 60))


def test_where_nothing_live_can_be_written_is_wrong_use() -> None:
    with pytest.raises(ValidationError, match="What is live cannot be written to s3://bucket/store"):
        ServeOptions(store="s3://bucket/store", write=True)


def test_what_the_operator_said_wrongly_is_no_fault_of_the_batch(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise UsageError("EMOTION_ES_PATIENCE is 'long'")

    monkeypatch.setattr("emotion.serving.writing.open_live", refuse)
    answer = client.post("/v1/emotions?store=true", json={"tweets": [tweet(1)]})
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (501, "urn:emotion:problem:store-refuses")
    assert ("EMOTION_ES_PATIENCE" in problem["detail"], "retry-after" in answer.headers) == (True, False)


def labelled(*texts: str) -> Labelled:
    """What a model with the labels of the fake one says."""
    context = Context("api", "exact", "live-api", 1_600_000_000_000_000)
    return of_texts(texts, "api/1").labelled(predictions_of(texts), context)


def test_what_an_earlier_model_answered_does_not_come_among_other_labels(tmp_path: Path) -> None:
    writes = LiveWrites(str(tmp_path / "store"), None, 2)
    writes.check([Bundle.load(write_bundle(tmp_path / "model"))])
    with pytest.raises(StoreError, match="to the model that answers now") as failure:
        asyncio.run(writes.write("a", 1, labelled("joy")))
    assert failure.type is StoreError, "sent again it is taken"
    assert not (tmp_path / "store").exists()
    asyncio.run(writes.close())


class Held:
    """A store whose server does not answer until it may."""

    def __init__(self) -> None:
        self.may, self.written = threading.Event(), list[int]()

    def write(self, source: str, sequence: int, *_: object) -> Written:
        assert self.may.wait(600)
        self.written.append(sequence)
        return Written(1, 0)

    def close(self) -> None:
        """Nothing is open."""


def test_a_store_that_hangs_lets_few_wait_and_forgets_who_gave_up(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Held()
    monkeypatch.setattr("emotion.serving.writing.open_live", lambda *_: store)
    writes = LiveWrites("store", None, 2)
    writes._described = describe(LABELS, PROFILE)

    async def test() -> None:
        first, second = (asyncio.ensure_future(writes.write("a", number, labelled("joy"))) for number in (1, 2))
        await asyncio.sleep(0.1)
        with pytest.raises(Busy):
            await writes.write("a", 3, labelled("joy"))
        first.cancel()
        second.cancel()
        await asyncio.sleep(0)
        again = asyncio.ensure_future(writes.write("a", 2, labelled("joy")))  # the first still writes
        await asyncio.sleep(0.1)
        with pytest.raises(Busy):
            await writes.write("a", 3, labelled("joy"))
        store.may.set()
        assert await again == Written(1, 0)
        assert await writes.write("a", 3, labelled("joy")) == Written(1, 0)
        await writes.close()

    asyncio.run(asyncio.wait_for(test(), 60))
    assert store.written == [1, 2, 3]


class Failing(Held):
    """A store whose server fails, or that was taken over."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self.may.set()
        self.error, self.is_closed = error, False

    def write(self, source: str, sequence: int, *given: object) -> Written:
        if self.error is not None:
            raise self.error
        return super().write(source, sequence, *given)

    def close(self) -> None:
        self.is_closed = True
        raise JobError("the lease was lost")


@pytest.mark.parametrize(
    ("target", "error"), [(INDEX, StoreError("The index was removed.")), ("store", JobError("The lease was lost."))]
)
def test_a_store_that_failed_is_opened_anew(target: str, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Failing(error), Failing(None)
    stores = [first, second]
    monkeypatch.setattr("emotion.serving.writing.describe_store", lambda _: None)
    monkeypatch.setattr("emotion.serving.writing.open_live", lambda *_: stores.pop(0))
    writes = LiveWrites(target, None, 2)
    writes._described = describe(LABELS, PROFILE)

    async def test() -> None:
        with pytest.raises(type(error)):
            await writes.write("a", 1, labelled("joy"))
        assert first.is_closed
        for number in (1, 2):
            await writes.write("a", number, labelled("joy"))
        with pytest.raises(JobError):
            await writes.close()

    asyncio.run(asyncio.wait_for(test(), 60))
    assert second.written == [1, 2]


def test_a_directory_on_a_full_disk_is_not_brought_in_order_for_each_batch(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[DirectoryLive] = []

    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    with serving(tmp_path) as client:
        send(client, [tweet(n) for n in range(5)], 1)
        with monkeypatch.context() as patched:
            patched.setattr(DirectoryLive, "_commit", full)
            patched.setattr(DirectoryLive, "close", closed.append)
            assert client.post("/v1/emotions?store=true", json={"tweets": [tweet(9)]}).status_code == 503
        send(client, [tweet(n) for n in range(5)], 1)
        send(client, [tweet(n) for n in range(7)], 2)
    assert closed == []
    with open_queries(str(store)) as queries:
        assert queries.summary().tweets == 7


def test_a_directory_that_was_removed_is_begun_again(tmp_path: Path, store: Path) -> None:
    with serving(tmp_path) as client:
        send(client, [tweet(n) for n in range(5)], 1)
        shutil.rmtree(store)
        assert client.post("/v1/emotions?store=true", json={"tweets": [tweet(9)]}).status_code == 500
        send(client, [tweet(n) for n in range(3)], 1)
    with open_queries(str(store)) as queries:
        assert queries.summary().tweets == 3


@pytest.mark.parametrize("target", [INDEX, "store"])
def test_while_an_index_does_not_get_on_no_batch_is_taken(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other replica writes to a directory: it is waited for."""
    store, now = Held(), [100.0]
    monkeypatch.setattr("emotion.serving.writing.describe_store", lambda _: None)
    monkeypatch.setattr("emotion.serving.writing.open_live", lambda *_: store)
    writes = LiveWrites(target, None, 16, stuck=10, clock=lambda: now[0])
    writes._described = describe(LABELS, PROFILE)

    async def test() -> None:
        first = asyncio.ensure_future(writes.write("a", 1, labelled("joy")))
        await asyncio.sleep(0.1)
        now[0] += 9
        second = asyncio.ensure_future(writes.write("b", 1, labelled("joy")))
        await asyncio.sleep(0.1)
        now[0] += 2
        third = asyncio.ensure_future(writes.write("c", 1, labelled("joy")))
        await asyncio.sleep(0.1)
        assert third.done() == (target == INDEX)
        store.may.set()
        await asyncio.gather(first, second)
        if target == INDEX:
            with pytest.raises(Stuck):
                await third
        else:
            await third
        now[0] += 100
        await writes.write("c", 1, labelled("joy"))
        await writes.close()

    asyncio.run(asyncio.wait_for(test(), 60))
    assert len(store.written) == (3 if target == INDEX else 4)


def test_a_server_out_of_reach_is_tried_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try takes seconds, in which another replica would have taken the batch."""
    store, now = Failing(None), [100.0]
    said: list[StoreError | None] = [StoreError("down"), StoreRefusal("401"), None]

    def told(_: str) -> None:
        if (answer := said.pop(0)) is not None:
            raise answer

    monkeypatch.setattr("emotion.serving.writing.describe_store", told)
    monkeypatch.setattr("emotion.serving.writing.open_live", lambda *_: store)
    writes = LiveWrites(INDEX, None, 16, stuck=10, clock=lambda: now[0])
    writes._described = describe(LABELS, PROFILE)

    async def test() -> None:
        with pytest.raises(StoreError, match="down"):
            await writes.write("a", 1, labelled("joy"))
        now[0] += 9
        with pytest.raises(Stuck):
            await writes.write("a", 1, labelled("joy"))
        now[0] += 2
        with pytest.raises(StoreRefusal):
            await writes.write("a", 1, labelled("joy"))
        await writes.write("a", 1, labelled("joy"))

    asyncio.run(asyncio.wait_for(test(), 60))
    assert (store.written, said) == ([1], [])


def test_a_batch_that_was_given_up_and_is_sent_again_is_in_the_store_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = threading.Event()

    def slow(self: LiveWrites, *given: Any) -> Written:
        assert may.wait(600)
        return write(self, *given)

    write = LiveWrites._write
    with serving(tmp_path, limits={"seconds": 3}) as client:
        send(client, [tweet(n) for n in range(5)], 1)
        monkeypatch.setattr(LiveWrites, "_write", slow)
        headers = {"Emotion-Source": "crawler", "Emotion-Sequence": "2"}
        batch = {"tweets": [{"text": "good"}, {"text": "good"}]}
        late = client.post("/v1/emotions?store=true", json=batch, headers=headers)
        assert late.status_code == 503
        may.set()
        assert client.post("/v1/emotions?store=true", json=batch, headers=headers).status_code == 200
    with open_queries(str(tmp_path / "store")) as queries:
        assert queries.summary().tweets == 7
