"""Pages of other sites, in a browser on the machine of an API without keys."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from emotion.serving.api.app import create_app
from emotion.serving.api.settings import ApiSettings
from emotion.serving.keys import add_key
from emotion.serving.options import ServeOptions
from tests.serving.conftest import Start
from tests.serving.made import Fake


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:8000", None, 200),
        ("127.0.0.1:8000", None, 200),
        ("127.0.0.2", None, 200),
        ("[::1]:8000", None, 200),
        ("LOCALHOST:8000", "http://localhost:8000", 200),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", 200),
        ("127.0.0.1:8000", "https://named.example", 200),
        ("named.example", "https://named.example", 200),
        ("127.0.0.1:8000", "http://localhost:3000", 403),
        ("127.0.0.1:8000", "https://evil.example", 403),
        ("127.0.0.1:8000", "null", 403),
        ("127.0.0.1:8000", "http://[", 403),
        ("evil.example:8000", "http://evil.example:8000", 403),
        ("evil.example:8000", None, 403),
        ("127.0.0.1.evil.example", None, 403),
        ("[", None, 403),
    ],
)
def test_only_this_machine_and_named_sites_may_send(start: Start, host: str, origin: str | None, status: int) -> None:
    client = start(local=True, origins=["https://named.example"])
    headers = {"Host": host} | ({} if origin is None else {"Origin": origin})
    assert client.post("/v1/emotions", json={"text": "joy"}, headers=headers).status_code == status
    assert client.get("/v1/model", headers=headers).status_code == status


def test_any_page_may_call_where_the_operator_says_so(start: Start) -> None:
    headers = {"Host": "evil.example", "Origin": "https://other.example"}
    assert start(local=True, origins=["*"]).post("/v1/emotions", json={"text": "joy"}, headers=headers).is_success


def test_a_page_is_told_why_it_is_refused(start: Start) -> None:
    refused = start(local=True).post(
        "/v1/emotions", content=b"{}", headers={"Origin": "http://a.b", "Host": "localhost"}
    )
    assert (refused.json()["type"], "--origin" in refused.json()["detail"]) == ("urn:emotion:problem:origin", True)


@pytest.mark.parametrize("keys", [None, Path("keys.json")])
def test_an_api_asks_who_calls_where_it_asks_for_no_key(keys: Path | None) -> None:
    assert ServeOptions(keys=keys).api.local is (keys is None)


def test_keys_are_asked_for_below_a_prefix_too(tmp_path: Path) -> None:
    key = add_key(tmp_path / "keys.json", "page")
    app = create_app(Fake(), ApiSettings(keys=tmp_path / "keys.json"))
    with TestClient(app, root_path="/emotion") as client:
        refused = client.get("/emotion/v1/model")
        assert (refused.status_code, refused.headers["cache-control"]) == (401, "no-store")
        assert client.get("/emotion/v1/model", headers={"X-API-Key": key}).status_code == 200
        assert "'unsafe-inline'" in client.get("/emotion/docs").headers["content-security-policy"]
        assert client.get("/emotion/metrics").status_code == 401
