"""From a crawler through a real API to a directory store, with the API down, killed, full, or unwilling."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import pytest
import uvicorn

from emotion.crawling.crawl import CrawlOptions, Outcome, crawl
from emotion.crawling.intake import Batching
from emotion.crawling.targets import Again, Receipt, Refused, Unwilling
from emotion.crawling.to_api import ApiTarget
from emotion.errors import ApiError, StoreRefusal
from emotion.prediction import Predictions
from emotion.serving.api.app import create_app
from emotion.serving.api.settings import ApiSettings
from emotion.serving.keys import add_key
from emotion.stores.described import describe
from emotion.stores.directory.live import DirectoryLive
from emotion.stores.live.batch import Labelled
from emotion.stores.protocol import Written
from emotion.tweets.live.source import Event
from tests.crawling.made import Given
from tests.serving.made import LABELS, PROFILE, Fake
from tests.stores.parts import finished_ids
from tests.tweets.made import lines, status, write

ROOT = Path(__file__).parents[2]


class Storing:
    """Writes to a directory; `lose` answers are lost after records were written."""

    def __init__(self, store: DirectoryLive, lose: int = 0) -> None:
        self._store = store
        self._lose = lose

    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        """As the API asks."""
        written = await asyncio.to_thread(self._store.write, source, sequence, labelled)
        if self._lose > 0 and labelled.read:
            self._lose -= 1
            raise RuntimeError("the answer is lost")
        return written


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class OfOtherLabels:
    """A store of other labels."""

    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        """As the API asks."""
        raise StoreRefusal("The store s holds the labels of another model.")


class Noted:
    """A store that takes everything, and what it was given."""

    def __init__(self) -> None:
        self.numbers: list[tuple[str, int]] = []

    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        """As the API asks."""
        self.numbers.append((source, sequence))
        return Written(labelled.documents.num_rows, 0)


class Stumbling(Fake):
    """Fails at a text that holds `poison`, and at all texts where it is ill."""

    def __init__(self, poison: str, ill: bool = False) -> None:
        super().__init__()
        self._poison, self.ill, self.failed = poison, ill, 0

    async def predict(self, texts: Sequence[str], *, explain: bool = False, patient: bool = False) -> Predictions:
        """As any other."""
        if self.ill or any(self._poison in text for text in texts):
            self.failed += 1
            raise RuntimeError("out of range")
        return await super().predict(texts, explain=explain, patient=patient)


@contextmanager
def api(
    port: int,
    store: Path | None,
    lose: int = 0,
    fake: Fake | None = None,
    writes: OfOtherLabels | Noted | None = None,
    **settings: object,
) -> Iterator[None]:
    """A server over the store, which it holds as long as it runs."""
    described = describe(LABELS, PROFILE)
    live = None if store is None else DirectoryLive(store, described)
    storing = writes if live is None else Storing(live, lose)
    app = create_app(fake or Fake(), ApiSettings.model_validate(settings), writes=storing)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, ws="none", timeout_graceful_shutdown=5))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        if live is not None:
            live.close()


class Noting(ApiTarget):
    """Says when it was sent away for the first time."""

    troubled = threading.Event()

    def send(self, source: str, sequence: int, records: Sequence[bytes]) -> Receipt:
        """Deliver the records."""
        try:
            return super().send(source, sequence, records)
        except Again:
            self.troubled.set()
            raise


def run(
    port: int, tmp_path: Path, source: Given, key: str | None = None, target: type[ApiTarget] = ApiTarget
) -> Outcome:
    url = f"http://127.0.0.1:{port}"
    options = CrawlOptions(url, tmp_path / "buffer", batching=Batching(records=10, seconds=0.05))
    return crawl(source, lambda is_known: target(url, key, is_known=is_known), options)


def stored(store: Path) -> list[int]:
    return sorted(int(id) for ids in finished_ids(store).values() for id in ids)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def test_every_tweet_arrives_with_its_accounts(port: int, store: Path, tmp_path: Path) -> None:
    with api(port, store):
        outcome = run(port, tmp_path, Given(range(35)))
    assert stored(store) == list(range(35))
    assert (outcome.counts["labelled"], outcome.counts["waiting"]) == (35, 0)


def test_an_api_that_takes_less_than_a_frame_gets_everything(port: int, store: Path, tmp_path: Path) -> None:
    with api(port, store, limits={"texts": 4}):
        outcome = run(port, tmp_path, Given(range(25)))
    assert stored(store) == list(range(25))
    assert (outcome.counts["labelled"], outcome.counts["refused"]) == (25, 0)


def test_two_crawlers_with_copies_of_one_buffer_lose_nothing(
    port: int, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They give the same numbers to other records, as clocks may differ."""
    monkeypatch.setattr(time, "time", lambda: 1.9e9)
    with api(port, store):
        run(port, tmp_path, Given(range(5)))
        shutil.copytree(tmp_path / "buffer", tmp_path / "copy" / "buffer")
        run(port, tmp_path, Given(range(5, 40)))  # both go on after five
        outcome = run(port, tmp_path / "copy", Given([*range(5), *range(100, 135)]))
    assert stored(store) == [*range(5), *range(10, 40), *range(100, 135)]
    assert (outcome.counts["labelled"], outcome.counts["waiting"], outcome.counts["retries"]) == (35, 0, 1)


def test_an_answer_that_is_lost_doubles_nothing(port: int, store: Path, tmp_path: Path) -> None:
    with api(port, store, lose=2):
        outcome = run(port, tmp_path, Given(range(25)))
    assert stored(store) == list(range(25))
    assert outcome.counts["retries"] == 2


def test_an_api_that_is_down_and_comes_back_gets_everything(port: int, store: Path, tmp_path: Path) -> None:
    """It comes up late, goes away in the middle and comes back, all under one crawl."""
    source, outcomes = Given(range(200), endless=True), []
    crawler = threading.Thread(target=lambda: outcomes.append(run(port, tmp_path, source, target=Noting)))
    crawler.start()
    Noting.troubled.wait()
    fake = Fake()
    with api(port, store, fake=fake):
        while not fake.seen:
            time.sleep(0.01)
    with api(port, store):
        source.close()
        crawler.join()
    assert stored(store) == list(range(200))
    assert outcomes[0].counts["retries"] > 0


def test_the_job_goes_on_after_it_was_ended_while_the_api_was_down(port: int, store: Path, tmp_path: Path) -> None:
    archive = write(tmp_path / "a.jsonl", lines(status(number) for number in range(30)))
    command = [sys.executable, "jobs/stream.py", str(archive), "--to", f"http://127.0.0.1:{port}"]
    command += ["--buffer", str(tmp_path / "buffer"), "--batch", "10"]

    def job() -> subprocess.Popen[str]:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)

    with job() as running:
        while sum(path.stat().st_size for path in tmp_path.glob("buffer/*/segments/*")) < 500:
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGTERM)
        said = running.communicate()[1]
    assert (running.returncode, said.count("\n")) == (130, 1)
    assert "the same command goes on" in said
    with api(port, store), job() as running:
        shown, said = running.communicate()
    assert (running.returncode, said) == (0, "")
    assert shown == "30 events received, 30 sent now: 30 tweets labelled.\n"
    assert stored(store) == list(range(30))


def test_an_api_without_a_store_ends_the_crawl_and_what_came_is_kept(port: int, store: Path, tmp_path: Path) -> None:
    with api(port, None), pytest.raises(ApiError, match="501"):
        run(port, tmp_path, Given(range(5)))
    with api(port, store):
        run(port, tmp_path, Given(range(8)))
    assert stored(store) == list(range(8))


def test_a_wrong_key_ends_the_crawl(port: int, store: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    key = add_key(keys, "crawler")
    with api(port, store, keys=str(keys)):
        with pytest.raises(ApiError, match="401"):
            run(port, tmp_path, Given(range(5)), "wrong")
        run(port, tmp_path, Given(range(5)), key)
    assert stored(store) == list(range(5))


def test_a_store_that_will_never_take_anything_ends_the_crawl(port: int, tmp_path: Path) -> None:
    with api(port, None, writes=OfOtherLabels()), pytest.raises(ApiError, match="the labels of another model"):
        run(port, tmp_path, Given(range(5)))


def test_a_record_at_which_the_api_fails_holds_up_no_other(port: int, store: Path, tmp_path: Path) -> None:
    records = [Event(orjson.dumps(status(n, text="poison" if n == 7 else "joy")), str(n + 1)) for n in range(25)]
    with api(port, store, fake=Stumbling("poison")):
        outcome = run(port, tmp_path, Given(records))
    assert stored(store) == [n for n in range(25) if n != 7]
    assert outcome.counts["refused"] == 1
    (refused,) = map(json.loads, next(tmp_path.rglob("refused.jsonl")).read_text().splitlines())
    assert (refused["place"], "500" in refused["reason"]) == (7, True)


def test_what_fails_at_an_api_that_fails_at_everything_is_not_held_against_a_record(port: int, store: Path) -> None:
    """One of several replicas may be ill, and another one answer the last question whether all is well."""
    fake = Stumbling("poison", ill=True)
    records = [orjson.dumps(status(1, text="poison"))]
    with api(port, store, fake=fake):
        target = ApiTarget(f"http://127.0.0.1:{port}")
        for _ in range(4):
            with pytest.raises(Again):
                target.send("s", 1, records)
        fake.ill = False
        for _ in range(4):
            with pytest.raises(Again):
                target.send("s", 1, records)
        with pytest.raises(Refused):
            target.send("s", 1, records)
        target.close()


def test_each_look_whether_the_store_takes_a_batch_has_a_number_of_its_own(port: int) -> None:
    """What the store knows already it need not write."""
    writes = Noted()
    records = [orjson.dumps(status(1, text="poison"))]
    with api(port, None, fake=Stumbling("poison"), writes=writes):
        for _ in range(2):
            target = ApiTarget(f"http://127.0.0.1:{port}")
            for _ in range(3):
                with pytest.raises(Again):
                    target.send("s", 1, records)
            target.close()
    assert len(set(writes.numbers)) == len(writes.numbers) == 6


def test_an_api_that_fails_at_everything_is_waited_for(port: int, store: Path, tmp_path: Path) -> None:
    fake, outcomes = Stumbling("poison", ill=True), []
    crawler = threading.Thread(target=lambda: outcomes.append(run(port, tmp_path, Given(range(5)))))
    with api(port, store, fake=fake):
        crawler.start()
        while fake.failed < 25:
            time.sleep(0.01)
        fake.ill = False
        crawler.join()
    assert stored(store) == list(range(5))
    assert outcomes[0].counts["refused"] == 0


Script = Sequence[tuple[int, bytes]]
STORED = (200, b'{"stored": {"documents": 1}}')
BUSY = (503, b'{"type": "urn:emotion:problem:store", "detail": "not yet"}')
NOT_DEPLOYED = b"Path '/v1/emotions' not found. Ping http://.../-/routes for available routes."


@contextmanager
def answering(script: Script, health: bytes = b'{"status": "ok"}') -> Iterator[str]:
    """A server that answers so, the last for ever, and says that it is an API; yields its address."""
    left = list(script)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(health)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "body", "becomes"),
    [
        (429, b"", Again),
        (503, b"", Again),
        (500, b"", Again),
        (200, b"<html>", Again),
        (200, b'{"predictions": []}', Again),
        (413, b'{"detail": "too large"}', Refused),
        (422, b'{"type": "urn:emotion:problem:invalid", "detail": "not so"}', Refused),
        (200, b"null", Again),
        (200, b"[]", Again),
        (200, b'{"stored": [1]}', Again),
        (401, b"", Unwilling),
        (404, NOT_DEPLOYED, ApiError),
        (405, b"", ApiError),
        (501, b"", Unwilling),
    ],
)
def test_an_answer_means_again_or_never_or_the_end(status: int, body: bytes, becomes: type[Exception]) -> None:
    with answering([(status, body)]) as url, pytest.raises(becomes):
        ApiTarget(url).send("s", 1, [b"{}"])


@pytest.mark.parametrize("first", [[STORED], [BUSY, BUSY]])
def test_an_api_that_answered_and_is_nowhere_is_started_again(first: list[tuple[int, bytes]]) -> None:
    """As behind the proxy of Ray Serve, which stands before the application is deployed."""
    with answering([*first, (404, NOT_DEPLOYED), (405, b""), STORED]) as url:
        target = ApiTarget(url)
        with suppress(Again):
            target.send("s", 1, [b"{}"])
        for _ in range(2):
            with pytest.raises(Again):
                target.send("s", 2, [b"{}"])
        assert target.send("s", 2, [b"{}"]).labelled == 1


def test_an_api_that_an_earlier_run_delivered_to_is_started_again() -> None:
    with answering([(404, NOT_DEPLOYED), STORED]) as url:
        target = ApiTarget(url, is_known=True)
        with pytest.raises(Again):
            target.send("s", 1, [b"{}"])
        assert target.send("s", 1, [b"{}"]).labelled == 1


@pytest.mark.parametrize("status", [401, 403, 501])
def test_what_one_replica_alone_may_refuse_is_told_as_that(status: int) -> None:
    """As where a node has an older file of keys."""
    refusal = (status, b'{"type": "urn:emotion:problem:key", "detail": "The key is not known."}')
    with answering([STORED, refusal]) as url:
        target = ApiTarget(url)
        target.send("s", 1, [b"{}"])
        with pytest.raises(Unwilling, match="The key is not known") as told:
            target.send("s", 2, [b"{}"])
    assert isinstance(told.value.refusal, ApiError)


@pytest.mark.parametrize("status", [302, 308, 400, 421, 422])
@pytest.mark.parametrize("first", [[STORED], []])
def test_what_a_proxy_says_for_a_while_costs_no_record(status: int, first: list[tuple[int, bytes]]) -> None:
    """As a login or a page about maintenance, of which the records know nothing."""
    with answering([*first, (status, b"<html>"), STORED]) as url:
        target = ApiTarget(url)
        if first:
            target.send("s", 1, [b"{}"])
        with pytest.raises(Again):
            target.send("s", 2, [b"{}"])
        assert target.send("s", 2, [b"{}"]).labelled == 1


def test_an_api_that_says_itself_that_nothing_is_there_ends_the_crawl() -> None:
    gone = b'{"type": "urn:emotion:problem:not-found", "detail": "There is nothing at /v1/emotions."}'
    with answering([STORED, (404, gone)]) as url:
        target = ApiTarget(url)
        target.send("s", 1, [b"{}"])
        with pytest.raises(ApiError, match="There is nothing at /v1/emotions"):
            target.send("s", 2, [b"{}"])


@pytest.mark.parametrize("health", [b'{"error": "no handler found"}', b"<html>", b"[]"])
def test_a_server_that_is_no_api_costs_no_record(health: bytes) -> None:
    """As Elasticsearch, which refuses what it does not know with 400."""
    said = r"is no Emotion API\. An index of Elasticsearch is named with its alias"
    with answering([(400, b'{"error": "no handler found"}')], health) as url, pytest.raises(ApiError, match=said):
        ApiTarget(url).send("s", 1, [b"{}"])
