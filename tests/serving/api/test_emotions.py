"""`POST /v1/emotions` in every form of a body, and what it refuses."""

import asyncio
import gzip
import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from emotion.errors import NumberTaken, StoreRefusal
from emotion.prediction import Predictions
from emotion.serving.api.served import Busy, Stuck
from emotion.serving.keys import add_key
from emotion.stores.live.batch import Labelled
from emotion.stores.live.records import Records
from emotion.stores.protocol import Written
from tests.serving.conftest import Start
from tests.serving.made import MODEL, Fake, predictions_of

NDJSON = {"Content-Type": "application/x-ndjson"}
TWEET = {"id_str": "824684120184832000", "full_text": "so much anger", "lang": "en"}


def row(text: str, **options: Any) -> dict[str, Any]:
    return next(predictions_of([text], **options).rows())


def post(client: TestClient, body: Any, query: str = "", **headers: str) -> Any:
    response = client.post(f"/v1/emotions{query}", content=orjson.dumps(body), headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def problem(client: TestClient, content: bytes, query: str = "", **headers: str) -> dict[str, Any]:
    response = client.post(f"/v1/emotions{query}", content=content, headers=headers)
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["status"] == response.status_code
    return found


# Forms


def test_one_text_is_answered_with_the_keys_of_predict(client: TestClient) -> None:
    assert post(client, {"text": "what anger"}) == row("what anger")


def test_many_texts_are_answered_in_their_order(client: TestClient) -> None:
    texts = ["joy", "anger", "", "sadness"]
    assert post(client, {"texts": texts}) == {"predictions": [row(text) for text in texts]}


def test_no_texts_have_no_predictions(client: TestClient) -> None:
    assert post(client, {"texts": []}) == {"predictions": []}
    assert post(client, []) == {"predictions": []}


def test_tweets_of_any_format_are_answered_with_their_ids(client: TestClient) -> None:
    page = {"data": [{"id": "1", "text": "joy"}, {"id": "2", "text": "anger"}], "meta": {"result_count": 2}}
    found = post(client, {"tweets": [TWEET, page]})["predictions"]
    assert [each.pop("tweet_id") for each in found] == [TWEET["id_str"], "1", "2"]
    assert found == [row("so much anger"), row("joy"), row("anger")]


def test_records_that_are_no_tweets_say_what_they_are(client: TestClient) -> None:
    notice = {"delete": {"status": {"id_str": "7", "user_id_str": "8"}}}
    found = post(client, {"tweets": [{"a": 1}, notice, {"limit": {"track": 1}}, 5]})["predictions"]
    assert found == [
        {"error": "not a tweet"},
        {"deleted": {"tweet_id": "7", "user_id": "8"}},
        {"skipped": "notice"},
        {"error": "not a tweet"},
    ]


def test_a_list_may_mix_texts_and_records(client: TestClient) -> None:
    bare, tweet = post(client, ["anger", TWEET])["predictions"]
    assert bare == row("anger")
    assert tweet["tweet_id"] == TWEET["id_str"]


def test_the_field_of_the_text_can_be_named(client: TestClient) -> None:
    found = post(client, [{"message": "anger", "nr": 3}], "?text_field=message&id_field=nr")["predictions"]
    assert found == [{"tweet_id": "3"} | row("anger")]


def test_a_body_may_be_gzip(client: TestClient) -> None:
    packed = gzip.compress(b'{"text": "anger"}')
    response = client.post("/v1/emotions", content=packed, headers={"Content-Encoding": "gzip"})
    assert response.json() == row("anger")


def gzipped(client: TestClient, packed: bytes, kind: str = NDJSON["Content-Type"]) -> Any:
    return client.post("/v1/emotions", content=packed, headers={"Content-Encoding": "gzip", "Content-Type": kind})


def test_a_gzip_of_several_members_is_read_to_its_end(client: TestClient) -> None:
    packed = gzip.compress(b'"joy"\n"an') + gzip.compress(b"") + gzip.compress(b'ger"\n') + b"\0" * 20
    answer = gzipped(client, packed)
    assert [json.loads(line) for line in answer.content.splitlines()] == [row("joy"), row("anger")]
    members = b"".join(gzip.compress(b'"joy"\n') for _ in range(500))
    parts = (members[start : start + 7] for start in range(0, len(members), 7))
    assert len(gzipped(client, parts).content.splitlines()) == 500  # type: ignore[arg-type]  # cut anywhere


@pytest.mark.parametrize("missing", [1, 8, 12])
def test_a_gzip_that_was_cut_off_is_refused(client: TestClient, missing: int) -> None:
    refused = gzipped(client, gzip.compress(b'{"text": "joy"}')[:-missing], "application/json")
    assert (refused.status_code, "ends too early" in refused.json()["detail"]) == (400, True)
    whole = gzip.compress(b'"joy"\n')
    *_, last = gzipped(client, whole + whole[:-missing]).content.splitlines()
    assert json.loads(last)["status"] == 400


def test_half_a_surrogate_is_replaced(client: TestClient, fake: Fake) -> None:
    assert client.post("/v1/emotions", content=b'{"texts": ["joy \\ud83d", "\\ud83d\\ude00"]}').status_code == 200
    assert fake.seen == [["joy \ufffd", "😀"]]


# Options


def test_scores_can_be_left_out(client: TestClient) -> None:
    found = post(client, {"text": "joy"}, "?scores=false")
    assert set(row("joy")) - set(found) == {"scores", "profile"}


def test_attention_shows_words_with_their_places(client: TestClient) -> None:
    assert post(client, {"text": "so much anger"}, "?attention=true") == row("so much anger", explain=True)


@pytest.mark.parametrize(("threshold", "emotions"), [("0.2", ["joy", "trust"]), ("0.5", ["joy"]), ("0.9", [])])
def test_a_threshold_decides_which_labels_are_on(client: TestClient, threshold: str, emotions: list[str]) -> None:
    assert post(client, {"text": "joy"}, f"?threshold={threshold}")["emotions"] == emotions


# Streams


def lines(client: TestClient, content: Any, query: str = "", **headers: str) -> list[dict[str, Any]]:
    response = client.post(f"/v1/emotions{query}", content=content, headers=NDJSON | headers)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in response.content.splitlines()]


def test_a_stream_is_answered_line_by_line_in_order(client: TestClient) -> None:
    texts = [f"{('joy', 'anger', 'sadness')[i % 3]} {i}" for i in range(3000)]
    found = lines(client, b"\n".join(map(orjson.dumps, texts)))
    assert found == [row(text) for text in texts]


def test_a_line_that_cannot_be_read_does_not_end_the_stream(client: TestClient) -> None:
    found = lines(client, b'"joy"\n{"text": "a\n\n{"id": 4, "text": "anger"}')
    assert found == [row("joy"), {"error": "truncated line"}, {"tweet_id": "4"} | row("anger")]


def test_lines_cut_anywhere_are_the_same_lines(client: TestClient) -> None:
    whole = b"\n".join(orjson.dumps(text) for text in ("joy", "äöü 😀 anger", "sadness"))
    cut = (whole[i : i + 3] for i in range(0, len(whole), 3))
    assert lines(client, cut) == lines(client, whole)


def test_a_line_too_long_is_lost_alone(start: Start) -> None:
    client = start(limits={"line_bytes": 100})
    found = lines(client, iter([b'"joy"\n"' + b"x" * 80, b"x" * 80, b"x" * 80 + b'"\n"anger"\n"' + b"y" * 200]))
    lost = {"error": "line longer than 100 bytes"}
    assert found == [row("joy"), lost, row("anger"), lost]


def test_a_stream_waits_where_a_body_is_refused(client: TestClient, fake: Fake) -> None:
    fake.full = True
    assert lines(client, b'"joy"') == [row("joy")]
    assert problem(client, b'{"text": "joy"}')["status"] == 503


def test_a_stream_that_fails_ends_with_a_problem(client: TestClient, fake: Fake) -> None:
    fake.failure = RuntimeError("secret text")
    (found,) = lines(client, b'"joy"')
    assert (found["status"], found["type"]) == (500, "urn:emotion:problem:failed")
    assert "secret" not in json.dumps(found)


# Refusals


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 400, "cannot be read"),
        (b"{", 400, "cannot be read: Input data was truncated"),
        (b"joy", 400, "malformed: invalid character (byte 0)"),
        (b'{"text": NaN}', 400, "malformed: invalid character (byte 9)"),
        (b'{"text": "\xff\xfe"}', 400, "not UTF-8"),
        (b"[" * 200_000, 400, "nested too deep"),
        (b'{"texts": [' + b"[" * 200_000, 422, "texts[0]"),
        (b'{"tweets": ' + b'{"a":' * 200_000, 422, "tweets"),
        (b'"joy"', 422, "Expected `object`"),
        (b"5", 422, "Expected `object`"),
        (b"{}", 422, "body holds nothing to predict"),
        (b'{"text": 5}', 422, "text: Expected `str`, got `int`"),
        (b'{"texts": "joy"}', 422, "texts: Expected `array`"),
        (b'{"text": "a", "texts": []}', 422, "text and texts"),
        (b'{"text": "a", "colour": 1}', 422, "unknown field `colour`"),
    ],
)
def test_what_is_no_body_is_refused_with_the_reason(client: TestClient, content: bytes, status: int, said: str) -> None:
    found = problem(client, content)
    assert (found["status"], said in found["detail"]) == (status, True), found
    assert status != 422 or all(error["field"] and error["message"] for error in found["errors"])
    assert status != 422 or found["errors"]


def test_a_refusal_names_the_field_and_the_value(client: TestClient) -> None:
    found = problem(client, b'{"texts": ["a", "b", {"c": 1}]}')
    assert found["errors"] == [{"field": "texts[2]", "value": "{'c': 1}", "message": "Expected `str`, got `object`"}]


def test_wrong_options_are_named_together(client: TestClient) -> None:
    found = problem(client, b'{"text": "a"}', "?threshold=2&colour=red&scores=perhaps")
    assert {error["field"]: error["value"] for error in found["errors"]} == {
        "threshold": "2", "colour": "red", "scores": "perhaps",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["text/html", "multipart/form-data; boundary=x", "application/xml"])
def test_another_media_type_is_refused(client: TestClient, kind: str) -> None:
    assert problem(client, b"x", **{"Content-Type": kind})["status"] == 415


def test_an_unknown_encoding_is_refused_and_a_false_one_too(client: TestClient) -> None:
    assert problem(client, b"x", **{"Content-Encoding": "br"})["status"] == 415
    assert problem(client, b"x", **{"Content-Encoding": "gzip"})["status"] == 400


def test_more_than_a_body_may_have_is_refused(start: Start) -> None:
    client = start(limits={"texts": 2, "characters": 10, "body_bytes": 1000})
    assert "3 texts" in problem(client, b'["a", "b", "c"]')["detail"]
    assert problem(client, b'{"texts": ["a", "longer than ten"]}')["errors"][0]["field"] == "texts[1]"
    large = problem(client, b'{"text": "' + b"x" * 1000 + b'"}')
    assert (large["status"], large["type"]) == (413, "urn:emotion:problem:body-too-large")
    parts = iter([b"x" * 600, b"x" * 600])
    assert client.post("/v1/emotions", content=parts).status_code == 413


PAGE = {"data": [{"id": str(n), "text": "joy"} for n in range(4)], "meta": {"result_count": 4}}


def test_a_page_counts_as_many_as_it_holds(start: Start) -> None:
    refused = problem(start(limits={"texts": 3}), orjson.dumps({"tweets": [PAGE]}))
    assert (refused["status"], "4 texts" in refused["detail"]) == (413, True)
    assert refused["errors"][0]["value"] == 4
    assert len(post(start(limits={"texts": 4}), [PAGE])["predictions"]) == 4


HIDDEN = orjson.dumps({"statuses": PAGE["data"]}).replace(b"statuses", b"status\\u0065s")  # the same key to a decoder


def test_a_page_of_more_than_a_body_may_have_is_lost_alone_in_a_stream(start: Start) -> None:
    client = start(limits={"texts": 3})
    found = lines(client, b"\n".join([b'"joy"', orjson.dumps(PAGE), HIDDEN, b'"anger"']))
    lost = [{"error": "more than 3 records in one"}, {"error": "not a tweet"}]
    assert found == [row("joy"), *lost, row("anger")]


def test_pages_whose_key_is_written_otherwise_count_as_one(start: Start) -> None:
    two = b"[" + HIDDEN + b"," + HIDDEN + b"]"
    assert post(start(limits={"texts": 2}), orjson.Fragment(two))["predictions"] == [{"error": "not a tweet"}] * 2


def test_answers_to_a_stream_are_made_beside_the_event_loop(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    on_loop, beside, answers = set[int](), set[int](), Records.answers

    class Noting(Fake):
        async def predict(self, *given: Any, **named: Any) -> Predictions:
            on_loop.add(threading.get_ident())
            return await super().predict(*given, **named)

    def noted(self: Records, rows: Any) -> Any:
        beside.add(threading.get_ident())
        return answers(self, rows)

    monkeypatch.setattr(Records, "answers", noted)
    assert len(lines(start(Noting()), b'"joy"\n' * 100)) == 100
    assert (len(on_loop), on_loop & beside) == (1, set())


def test_a_page_is_charged_for_all_that_it_holds(start: Start, tmp_path: Path) -> None:
    for kind in ("application/json", NDJSON["Content-Type"]):
        key = add_key(tmp_path / "keys.json", kind[-6:], 3)
        headers = {"X-API-Key": key, "Content-Type": kind}
        client = start(keys=tmp_path / "keys.json")
        content = orjson.dumps(PAGE) if kind in NDJSON.values() else orjson.dumps([PAGE])
        statuses = [client.post("/v1/emotions", content=content, headers=headers).status_code for _ in range(2)]
        assert statuses == [200, 429]


def test_lines_to_store_are_as_few_as_the_texts_of_a_body(start: Start) -> None:
    store = Store()
    client = start(writes=store, limits={"texts": 3})
    refused = problem(client, b"1\n \n2\n\n3\n4", "?store=true", **NDJSON)
    assert (refused["status"], "4 texts" in refused["detail"]) == (413, True)
    assert len(lines(client, b"1\n \n2\n\n3\n", "?store=true")) == 4
    assert problem(client, orjson.dumps(PAGE), "?store=true", **NDJSON)["status"] == 413
    assert len(store.written) == 1


def test_a_small_body_that_stands_for_a_huge_one_is_refused(start: Start) -> None:
    client = start(limits={"body_bytes": 100_000})
    bomb = gzip.compress(b'{"text": "' + b"x" * 50_000_000 + b'"}')
    assert len(bomb) < 100_000
    assert problem(client, bomb, **{"Content-Encoding": "gzip"})["status"] == 413


def test_a_tweet_too_long_is_a_dead_letter_among_others(start: Start) -> None:
    client = start(limits={"characters": 10})
    found = post(client, [{"id": 1, "text": "x" * 11}, {"id": 2, "text": "joy"}])["predictions"]
    assert found == [{"error": "text too long"}, {"tweet_id": "2"} | row("joy")]


def test_too_much_to_do_is_answered_at_once_with_a_time_to_come_again(client: TestClient, fake: Fake) -> None:
    fake.full = True
    response = client.post("/v1/emotions", json={"text": "joy"})
    assert (response.status_code, response.headers["retry-after"]) == (503, "7")
    assert client.get("/healthz").status_code == 200
    assert 'emotion_refused_total{reason="overload"} 1.0' in client.get("/metrics").text


def test_no_room_for_another_body_is_no_failure(start: Start) -> None:
    client = start(limits={"held_bytes": 100})
    assert problem(client, b'{"text": "' + b"x" * 100 + b'"}')["status"] == 503
    assert post(client, {"text": "joy"}) == row("joy")


def test_an_answer_that_takes_too_long_is_given_up(start: Start) -> None:
    class Slow(Fake):
        async def predict(self, *_: Any, **__: Any) -> Predictions:
            await asyncio.sleep(30)
            raise AssertionError

    client = start(Slow(), limits={"seconds": 0.05})
    found = problem(client, b'{"text": "joy"}')
    assert (found["status"], "0.05 s" in found["detail"]) == (503, True)


# Storing


class Store:
    def __init__(self) -> None:
        self.written: list[tuple[str, int, Labelled]] = []

    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        self.written.append((source, sequence, labelled))
        return Written(labelled.documents.num_rows, len(labelled.dead_letters))


def test_what_is_stored_is_what_was_answered(start: Start) -> None:
    store = Store()
    client = start(writes=store)
    french = TWEET | {"id_str": "5", "lang": "fr"}
    found = post(
        client, {"tweets": [TWEET, {"a": 1}, french]}, "?store=true",
        **{"Emotion-Source": "crawler-1", "Emotion-Sequence": "12"},
    )  # fmt: skip
    ((source, sequence, labelled),) = store.written
    assert (source, sequence) == ("crawler-1", 12)
    (document,) = labelled.documents.to_pylist()
    assert (document["tweet_id"], document["emotion"], document["source"], document["model"]) == (
        TWEET["id_str"], "anger", "crawler-1", MODEL,
    )  # fmt: skip
    assert [letter.reason for letter in labelled.dead_letters] == ["not a tweet"]
    assert len(found["predictions"]) == 3
    assert found["stored"] == {
        "source": "crawler-1", "sequence": 12, "read": 3, "documents": 1, "dead_letters": 1, "deleted": 0,
        "skipped": {"language": 1},
    }  # fmt: skip


def test_the_same_batch_has_the_same_ids_and_another_has_others(start: Start) -> None:
    store = Store()
    client = start(writes=store)
    for sequence in ("1", "1", "2"):
        post(client, ["joy", "anger"], "?store=true", **{"Emotion-Source": "a", "Emotion-Sequence": sequence})
    first, again, other = (written[2].documents["tweet_id"].to_pylist() for written in store.written)
    assert first == again
    assert len({*first, *other}) == 4


def test_lines_are_stored_as_one_batch_whose_accounts_come_last(start: Start) -> None:
    store = Store()
    client = start(writes=store)
    found = lines(client, b'"joy"\n{"id": 4, "text": "anger"}\n', "?store=true")
    assert found[:-1] == [row("joy"), {"tweet_id": "4"} | row("anger")]
    assert found[-1]["stored"]["documents"] == 2
    assert len(store.written) == 1


def test_answers_can_be_left_out_of_what_is_stored(start: Start) -> None:
    client = start(writes=Store())
    assert set(post(client, {"tweets": [TWEET]}, "?store=true&answers=false")) == {"stored"}
    assert set(post(client, {"text": "joy"}, "?store=true&answers=false")) == {"stored"}
    assert [set(line) for line in lines(client, b'"joy"\n"anger"', "?store=true&answers=false")] == [{"stored"}]


def test_an_api_without_a_store_says_so(client: TestClient) -> None:
    found = problem(client, b'{"text": "joy"}', "?store=true")
    assert (found["status"], "--store" in found["detail"]) == (501, True)


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"Emotion-Source": "../x", "Emotion-Sequence": "1"}, "emotion-source"),
        ({"Emotion-Source": "a" * 101, "Emotion-Sequence": "1"}, "emotion-source"),
        ({"Emotion-Source": "a", "Emotion-Sequence": "-1"}, "emotion-sequence"),
        ({"Emotion-Source": "a", "Emotion-Sequence": b"\xb2"}, "emotion-sequence"),
        ({"Emotion-Source": "a", "Emotion-Sequence": "1" * 19}, "emotion-sequence"),
        ({"Emotion-Source": "a"}, "emotion-sequence"),
        ({"Emotion-Sequence": "5"}, "emotion-source"),
    ],
)
def test_a_batch_with_a_strange_name_is_refused(start: Start, headers: dict[str, Any], field: str) -> None:
    refused = problem(start(writes=Store()), b'{"text": "joy"}', "?store=true", **headers)
    assert (refused["status"], [error["field"] for error in refused["errors"]]) == (422, [field])


class Hangs(Store):
    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        await asyncio.sleep(3600)
        raise AssertionError


class Full(Store):
    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        raise Busy(5)


def test_a_store_that_does_not_answer_is_told_in_time(start: Start) -> None:
    found = problem(start(writes=Hangs(), limits={"seconds": 0.2}), b'{"text": "joy"}', "?store=true")
    assert (found["status"], "0.2 s" in found["detail"], "same Emotion-Source" in found["detail"]) == (503, True, True)


def test_more_batches_than_may_wait_are_refused_at_once(start: Start) -> None:
    answer = start(writes=Full()).post("/v1/emotions?store=true", json={"text": "joy"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


class StuckStore(Store):
    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        raise Stuck


def test_where_the_store_does_not_get_on_another_replica_is_asked_for_soon(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not at once: what spreads requests would take this one for the idlest of all."""
    waits = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("emotion.serving.api.storing.asyncio", SimpleNamespace(timeout=asyncio.timeout, sleep=wait))
    answer = start(writes=StuckStore()).post("/v1/emotions?store=true", json={"text": "joy"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "a batch that came before" in answer.json()["detail"]
    assert waits == [1.0]


@pytest.mark.parametrize("store", [StuckStore(), Hangs()])
def test_a_store_that_is_away_is_no_overload(start: Start, store: Store) -> None:
    client = start(writes=store, limits={"seconds": 0.2})
    assert problem(client, b'{"text": "joy"}', "?store=true")["type"] == "urn:emotion:problem:store"
    assert 'reason="overload"' not in client.get("/metrics").text


class Unwilling(Store):
    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        raise StoreRefusal("The store s holds other labels.")


def test_what_the_store_will_never_take_is_not_told_as_later(start: Start) -> None:
    answer = start(writes=Unwilling()).post("/v1/emotions?store=true", json={"text": "joy"})
    assert (answer.status_code, answer.json()["type"]) == (501, "urn:emotion:problem:store-refuses")
    assert (answer.json()["detail"], "retry-after" in answer.headers) == ("The store s holds other labels.", False)


class Knows(Store):
    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        raise NumberTaken("The store holds other records as batch 1 of a.")


def test_other_records_under_a_number_are_told(start: Start) -> None:
    found = problem(start(writes=Knows()), b'{"text": "joy"}', "?store=true")
    assert (found["status"], found["type"]) == (409, "urn:emotion:problem:number-taken")


@pytest.mark.parametrize(
    ("body", "other"),
    [({"tweets": [TWEET]}, {"tweets": [TWEET | {"text": "anger"}]}), (["joy"], ["anger"]), (["a", "b"], ["ab"])],
)
def test_records_are_told_apart_and_known_again_whatever_is_answered(start: Start, body: Any, other: Any) -> None:
    store = Store()
    client = start(writes=store)
    for each in (body, body, other):
        post(client, each, "?store=true", **{"Emotion-Source": "a", "Emotion-Sequence": "1"})
    first, again, another = (labelled.digest for _, _, labelled in store.written)
    assert first == again
    assert len({first, another, ""}) == 3


def test_what_comes_without_a_name_need_not_be_remembered(start: Start) -> None:
    store = Store()
    client = start(writes=store)
    named = {"Emotion-Source": "a", "Emotion-Sequence": "1"}
    for headers in ({}, named):
        post(client, ["joy"], "?store=true", **headers)
        post(client, {"tweets": [TWEET]}, "?store=true", **headers)
        lines(client, b'"joy"', "?store=true", **headers)
    assert [labelled.once for _, _, labelled in store.written] == [True] * 3 + [False] * 3


class RefusesOne(Store):
    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        return Written(labelled.documents.num_rows - 1, len(labelled.dead_letters) + 1)


def test_what_the_store_refuses_is_in_the_accounts(start: Start) -> None:
    body = orjson.dumps([{"id": 1, "text": "joy"}, {"id": 2, "text": "anger"}, {"nothing": 1}])
    found = start(writes=RefusesOne()).post("/v1/emotions?store=true", content=body).json()["stored"]
    assert (found["read"], found["documents"], found["dead_letters"]) == (3, 1, 2)
