"""What the API says of itself, and to whom."""

import logging
import pickle
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from emotion.serving.api.app import create_app
from emotion.serving.api.metrics import Metrics, exposed
from emotion.serving.keys import add_key
from tests.serving.conftest import Start
from tests.serving.made import MODEL, Fake


def test_the_model_and_all_models_are_told(client: TestClient) -> None:
    assert client.get("/v1/model").json()["card"] == "# Fake"
    (model,) = client.get("/v1/models").json()["models"]
    assert (model["id"], model["role"], model["share"]) == (MODEL, "main", 1)


def test_it_is_ready_once_a_model_is_there(client: TestClient, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/readyz").json() == {"status": "ready", "model": MODEL}
    monkeypatch.setattr(fake, "served", list)
    assert client.get("/readyz").status_code == 503
    assert 'reason="overload"' not in client.get("/metrics").text
    assert client.get("/healthz").json()["status"] == "ok"


def test_requests_are_counted_by_path_method_and_status(client: TestClient) -> None:
    for _ in range(3):
        client.post("/v1/emotions", json={"text": "joy"})
    client.get("/v1/models/../../etc/passwd?x=<script>")
    numbers = client.get("/metrics").text
    assert 'emotion_requests_total{method="POST",path="/v1/emotions",status="200"} 3.0' in numbers
    assert "passwd" not in numbers


def test_nothing_of_the_documentation_comes_from_another_site(client: TestClient) -> None:
    page = client.get("/docs").text
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert [source for source in sources if "//" in source] == []
    for source in sources:
        if not source.startswith("data:"):
            assert client.get("/" + source).status_code == 200
    assert client.get("/docs/..%2F..%2Fapp.py").status_code == 404


def test_every_answer_forbids_what_a_browser_might_do_with_it(client: TestClient) -> None:
    for path in ("/docs", "/v1/model", "/nothing", "/healthz"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script-src 'self';" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_other_sites_may_not_call_unless_they_are_named(start: Start) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in start().options("/v1/emotions", headers=asked).headers
    allowed = start(origins=["https://a.example"]).options("/v1/emotions", headers=asked)
    assert allowed.headers["access-control-allow-origin"] == "https://a.example"


def test_a_page_of_another_site_may_read_why_it_is_refused(start: Start, tmp_path: Path) -> None:
    add_key(tmp_path / "keys.json", "page")
    client = start(origins=["https://a.example"], keys=tmp_path / "keys.json")
    refused = client.get("/v1/model", headers={"Origin": "https://a.example"})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "https://a.example"
    assert refused.headers["access-control-expose-headers"] == "Retry-After"
    assert "default-src 'none'" in refused.headers["content-security-policy"]


def test_a_failure_is_a_problem_and_its_words_are_not_logged(
    client: TestClient, fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    fake.failure = RuntimeError("what a secret text")
    with caplog.at_level(logging.INFO, "emotion.serving"):
        response = client.post("/v1/emotions?text_field=hidden", json={"text": "what a secret text"})
    assert response.status_code == 500
    assert "secret" not in response.text + caplog.text
    assert "hidden" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_without_a_page_there_is_the_documentation(tmp_path: Path, fake: Fake) -> None:
    assert TestClient(create_app(fake, page=tmp_path)).get("/").url.path == "/docs"


def test_the_page_is_served_where_there_is_one(tmp_path: Path, fake: Fake) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "index.html").write_text("<p>here")
    (tmp_path / "static" / "a.js").write_text("1")
    (tmp_path / "secret").write_text("no")
    client = TestClient(create_app(fake, page=tmp_path))
    assert client.get("/").text == "<p>here"
    assert client.get("/static/a.js").text == "1"
    assert client.get("/static/..%2fsecret").status_code == 404
    assert client.get("/v1/emotions").status_code == 405


def test_numbers_of_several_replicas_stand_side_by_side() -> None:
    one, other = Metrics(), Metrics()
    one.texts.labels("m", "main").inc(3)
    other.texts.labels("m", "main").inc(4)
    other.batch.observe(7)
    numbers = exposed({"a": pickle.loads(pickle.dumps(one.families())), "b": other.families()}).decode()
    assert 'emotion_texts_total{model="m",replica="a",role="main"} 3.0' in numbers
    assert 'emotion_texts_total{model="m",replica="b",role="main"} 4.0' in numbers
    assert 'emotion_batch_texts_count{replica="b"} 1.0' in numbers
    assert numbers.count("# TYPE emotion_texts_total counter") == 1


def test_who_has_others_beside_it_answers_for_all(fake: Fake) -> None:
    async def everywhere() -> bytes:
        return b"all of them"

    assert TestClient(create_app(fake, everywhere=everywhere)).get("/metrics").content == b"all of them"
