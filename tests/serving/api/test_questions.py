"""Questions to a store over HTTP: the answers of the command line."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from emotion.cli import run
from emotion.errors import StoreError, UsageError
from emotion.stores.answers import Filter
from emotion.stores.directory.queries import DirectoryQueries
from emotion.stores.live.batch import Labelled
from emotion.stores.protocol import Written
from tests.made_store import NOON, Made, make_store
from tests.serving.conftest import Start
from tests.stores.elasticsearch.made_server import recording

MADE = (
    Made("1", "So scared of the storm", "fear", hashtags=["Storm"], at=NOON),
    Made("2", "the storm is loud, I am scared", "fear", hashtags=["storm"], at=NOON + timedelta(hours=2)),
    Made("3", "Happy about the lanterns 🏮", "joy", hashtags=["Lanterns"], at=NOON + timedelta(days=2)),
    Made("4", "The bus leaves", "joy", felt=False, at=NOON + timedelta(days=2), user="<b>otter</b>"),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store"), MADE)


@pytest.fixture
def asked(start: Start, store: Path) -> TestClient:
    return start(store=str(store))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def until_none_is_asked(client: TestClient) -> None:
    """Questions that nobody waits for any more are over; each request lets the API's loop go on."""
    api = client.app.state.api  # type: ignore[attr-defined]
    end = time.monotonic() + 120
    while api.asked:
        assert time.monotonic() < end, f"{api.asked} questions do not end"
        client.get("/healthz")


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("/v1/summary", ["summary"]),
        ("/v1/summary?all=true&hashtag=STORM", ["summary", "--all", "--hashtag", "STORM"]),
        ("/v1/top?kind=hashtags&limit=1", ["top", "hashtags", "--limit", "1"]),
        ("/v1/top-by-emotion?kind=words", ["top", "words", "--by", "emotion"]),
        ("/v1/significant?kind=words", ["top", "words", "--significant"]),
        ("/v1/search?query=storm&emotion=fear", ["search", "storm", "--emotion", "fear"]),
        ("/v1/search?since=2021-03-14", ["search", "--since", "2021-03-14"]),
        ("/v1/summary?query=storm", ["summary", "--query", "storm"]),
        ("/v1/timeline?by=hour&emotion=fear", ["timeline", "--by", "hour", "--emotion", "fear"]),
        ("/v1/peaks", ["peaks"]),
        ("/v1/timeline?zone=Asia/Tokyo", ["timeline", "--zone", "Asia/Tokyo"]),
        ("/v1/search?zone=Asia/Tokyo&since=2021-03-14", ["search", "--since", "2021-03-14T00:00+09:00"]),
        ("/v1/rhythm?felt=true", ["rhythm", "--felt"]),
        ("/v1/gaps", ["gaps"]),
        ("/v1/examples?limit=1&query=scared", ["examples", "--limit", "1", "--query", "scared"]),
        ("/v1/top?kind=words&query=%23storm+loud", ["top", "words", "-q", "#storm loud"]),
    ],
)
def test_an_answer_is_that_of_the_command_line(
    asked: TestClient, store: Path, capsys: pytest.CaptureFixture[str], path: str, arguments: list[str]
) -> None:
    command, *rest = arguments
    assert asked.get(path).json() == said(capsys, command, str(store), *rest)


def test_time_comes_in_buckets_and_the_week_in_hours(asked: TestClient) -> None:
    buckets = asked.get("/v1/timeline?by=day").json()
    assert [bucket["tweets"] for bucket in buckets] == [2, 0, 2]
    assert buckets[0]["start"] == "2021-03-13T00:00:00Z"
    assert buckets[0]["emotions"]["fear"] == 2
    rhythm = asked.get("/v1/rhythm?emotion=fear").json()
    assert [(each["weekday"], each["hour"]) for each in rhythm["hours"]] == [(5, 12), (5, 14)]


def test_a_summary_tells_the_days_that_stand_out(start: Start, tmp_path: Path) -> None:
    made = [Made(f"{day}", "x", "fear", at=NOON + timedelta(days=day)) for day in range(6)]
    made += [Made(f"storm-{n}", "x", "fear", at=NOON, hashtags=["Storm"]) for n in range(30)]
    client = start(store=str(make_store(tmp_path, made)))
    (peak,) = client.get("/v1/summary").json()["peaks"]
    assert peak == client.get("/v1/peaks").json()[0]
    assert (peak["start"], peak["hashtag"]) == ("2021-03-13T00:00:00Z", "Storm")


def test_every_question_may_be_about_words(asked: TestClient) -> None:
    storm = {"query": "storm"}
    assert [bucket["tweets"] for bucket in asked.get("/v1/timeline", params=storm).json()] == [2]
    assert asked.get("/v1/rhythm", params=storm).json()["tweets"] == 2
    assert asked.get("/v1/examples", params=storm).json()["joy"] == []
    assert asked.get("/v1/gaps", params=storm).json()[0]["tweets"] == 1
    assert asked.get("/v1/peaks", params=storm).json() == []


def test_examples_peaks_gaps_and_the_store_itself(asked: TestClient) -> None:
    assert [hit["tweet_id"] for hit in asked.get("/v1/examples?limit=1").json()["joy"]] == ["3"]
    assert asked.get("/v1/peaks").json() == []
    assert asked.get("/v1/gaps").json()[0]["emotion"] == "fear"
    assert asked.get("/v1/store").json()["emotions"][-1] == "none"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/summary?since=yesterday", "since"),
        ("/v1/timeline?by=century", "by"),
        ("/v1/top?limit=0", "limit"),
        ("/v1/rhythm?zone=Mars", "zone"),
        ("/v1/top?kind=colours", "kind"),
        ("/v1/search?felt=perhaps", "felt"),
        ("/v1/search?colour=red", "colour"),
        ("/v1/search?query=%E2%80%8D", "query"),
        ("/v1/gaps?query=%E2%80%8D", "query"),
        ("/v1/gaps?emotion=hunger", "emotion"),
        ("/v1/timeline?emotion=hunger", "emotion"),
        ("/v1/store?emotion=hunger", "emotion"),
    ],
)
def test_a_wrong_value_is_named(asked: TestClient, path: str, field: str) -> None:
    refused = asked.get(path)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_an_emotion_that_the_store_does_not_know_is_told(asked: TestClient) -> None:
    refused = asked.get("/v1/summary?emotion=hunger")
    assert (refused.status_code, "hunger" in refused.json()["detail"]) == (422, True)
    assert [(error["field"], error["value"]) for error in refused.json()["errors"]] == [("emotion", "hunger")]


def test_a_filter_is_checked_once(asked: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleaning its words reads the store."""
    checked, seen = DirectoryQueries.checked, list[Filter]()

    def noted(queries: DirectoryQueries, filter: Filter) -> Filter:
        seen.append(filter)
        return checked(queries, filter)

    monkeypatch.setattr(DirectoryQueries, "checked", noted)
    assert asked.get("/v1/rhythm?emotion=fear&query=storm").status_code == 200
    assert seen == [Filter(emotion="fear", query="storm")]


def test_more_periods_than_can_be_listed_are_the_fault_of_the_period(start: Start, tmp_path: Path) -> None:
    store = make_store(tmp_path, [MADE[0], Made("9", "long after", "joy", at=NOON + timedelta(days=365 * 100))])
    refused = start(store=str(store)).get("/v1/timeline?by=hour")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "by")


class Forgets:
    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        return Written(0, 0)


def test_without_a_store_there_is_nothing_to_ask(start: Start, tmp_path: Path) -> None:
    assert "--store" in start().get("/v1/summary").json()["detail"]
    missing = start(store=str(tmp_path)).get("/v1/summary")
    assert (missing.status_code, missing.json()["type"]) == (503, "urn:emotion:problem:store")
    awaited = start(store=str(tmp_path), writes=Forgets()).get("/v1/summary")
    assert (awaited.status_code, awaited.json()["type"]) == (503, "urn:emotion:problem:no-store-yet")
    assert "first tweet" in awaited.json()["detail"]


def test_what_a_store_cannot_answer_is_no_fault_of_the_question(
    asked: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gaps(*_: Any) -> Any:
        raise UsageError("told by a directory alone")

    monkeypatch.setattr("emotion.stores.directory.queries.DirectoryQueries.gaps", gaps)
    assert asked.get("/v1/gaps").status_code == 501


def test_a_store_that_does_not_answer_is_told_in_time(
    start: Start, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def hangs(*_: Any) -> Any:
        assert go_on.wait(600)
        raise StoreError("too late")

    monkeypatch.setattr("emotion.serving.api.questions.open_queries", hangs)
    try:
        found = start(store=str(store), limits={"seconds": 0.2}).get("/v1/summary")
    finally:
        go_on.set()
    assert (found.status_code, "0.2 s" in found.json()["detail"]) == (503, True)
    assert (found.json()["type"], found.headers["Retry-After"]) == ("urn:emotion:problem:store", "5")


def test_a_question_that_takes_too_long_is_ended(start: Start, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its place is free again, though nothing but an interruption ends it."""
    from fastapi import FastAPI

    endless = "SELECT count(*) FROM range(10_000_000_000_000) AS one(n) WHERE n % 7 = sqrt(n) + $half"

    def forever(queries: Any, _: Any = None) -> Any:
        return queries._documents.rows(endless, {"half": 0.5})

    monkeypatch.setattr("emotion.stores.directory.queries.DirectoryQueries.summary", forever)
    client = start(store=str(store), limits={"seconds": 0.5, "questions": 1})
    assert isinstance(client.app, FastAPI)
    api = client.app.state.api
    assert client.get("/v1/summary").status_code == 503
    until_none_is_asked(client)
    assert api.questions._value == 1


class Slow(dict[str, tuple[int, Any]]):
    """Answers of a server that takes its time for each."""

    def get(self, asked: str, default: Any = None) -> Any:
        time.sleep(0.4)
        return super().get(asked, default)


INDEX: dict[str, tuple[int, Any]] = {
    "GET /": (200, {"version": {"number": "8.19.0"}}),
    "GET /_alias/tweets": (200, {"tweets-live-2026.11": {"aliases": {"tweets": {}}}}),
}


@pytest.mark.parametrize("answers", [INDEX | {"GET /_alias/tweets-job": (503, {})}, Slow(INDEX)], ids=["busy", "slow"])
def test_an_index_that_is_not_opened_in_time_is_asked_no_further(
    answers: dict[str, tuple[int, Any]], start: Start
) -> None:
    from fastapi import FastAPI

    with recording(answers, {"X-Elastic-Product": "Elasticsearch"}) as server:
        client = start(store=f"{server.url}/tweets", limits={"seconds": 0.5, "questions": 1})
        assert isinstance(client.app, FastAPI)
        api = client.app.state.api
        assert client.get("/v1/summary").status_code == 503
        end = time.monotonic() + 30
        while api.asked:
            assert time.monotonic() < end, "its place is not free"
            client.get("/healthz")
        assert api.questions._value == 1
        assert not [path for _, path, *_ in server.asked if "_mapping" in path]


def test_a_question_that_nobody_waits_for_does_not_begin(
    start: Start, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from emotion.stores.opening import open_queries

    begun, go_on = [0], threading.Event()

    def waits(*asked: Any) -> Any:
        begun[0] += 1
        assert go_on.wait(600)
        return open_queries(*asked)

    monkeypatch.setattr("emotion.serving.api.questions.open_queries", waits)
    client = start(store=str(store), limits={"seconds": 0.2, "questions": 1})
    assert [client.get("/v1/summary").status_code for _ in range(2)] == [503, 503]
    go_on.set()
    until_none_is_asked(client)
    assert begun == [1]


def test_too_many_questions_are_refused_at_once(asked: TestClient) -> None:
    from fastapi import FastAPI

    assert isinstance(asked.app, FastAPI)
    api = asked.app.state.api
    limits = api.settings.limits
    api.asked = limits.questions + limits.waiting
    refused = asked.get("/v1/summary")
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:emotion:problem:overloaded")
    assert asked.get("/healthz").status_code == 200
    api.asked -= 1
    assert asked.get("/v1/summary").status_code == 200
    assert api.asked == limits.questions + limits.waiting - 1


def test_a_question_keeps_its_place_when_who_asked_goes_away(
    asked: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread works on; a place that was free too early would let any number of them work at once."""
    from fastapi import FastAPI

    from emotion.stores.opening import open_queries

    assert isinstance(asked.app, FastAPI)
    api, begun, go_on = asked.app.state.api, threading.Event(), threading.Event()

    @contextmanager
    def slow(*asked: Any) -> Iterator[Any]:
        begun.set()
        assert go_on.wait(600)
        with open_queries(*asked) as queries:
            yield queries

    monkeypatch.setattr("emotion.serving.api.questions.open_queries", slow)

    async def ask_and_go() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=asked.app), base_url="http://api") as client:
            asking = asyncio.create_task(client.get("/v1/summary"))
            await asyncio.to_thread(begun.wait, 600)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert (api.asked, api.questions._value) == (1, api.settings.limits.questions - 1)
            go_on.set()
            async with asyncio.timeout(120):
                while api.asked:
                    await asyncio.sleep(0.01)
            assert api.questions._value == api.settings.limits.questions

    asyncio.run(ask_and_go())
