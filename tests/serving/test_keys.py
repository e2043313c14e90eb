"""API keys: kept as hashes, asked for, limited, taken back."""

import json
from pathlib import Path

import pytest

from emotion.errors import UsageError
from emotion.serving import keys as module
from emotion.serving.keys import Keys, add_key, read_keys, revoke_key
from tests.serving.conftest import Start


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def test_the_file_holds_no_key(path: Path) -> None:
    key = add_key(path, "crawler", 600)
    assert key not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    (kept,) = read_keys(path)
    assert (kept.name, kept.per_minute) == ("crawler", 600)


def test_who_has_no_key_may_see_health_and_documentation_only(start: Start, path: Path) -> None:
    key = add_key(path, "page")
    client = start(keys=path)
    for open_path in ("/healthz", "/readyz", "/docs", "/openapi.json"):
        assert client.get(open_path).status_code == 200
    for wanted in ("/v1/model", "/metrics", "/v1/nothing"):
        refused = client.get(wanted)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="emotion"')
    assert client.get("/v1/model", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert client.get("/v1/model", headers={"X-API-Key": key}).status_code == 200
    assert client.get("/v1/model", headers={"Authorization": "Bearer emotion_no"}).status_code == 401
    assert client.post("/v1/emotions", content=b"x" * (64 << 20)).status_code == 401


def test_a_key_taken_back_is_refused_while_the_api_runs(
    start: Start, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.0)
    old, other = add_key(path, "old"), add_key(path, "other")
    client = start(keys=path)
    assert client.get("/v1/model", headers={"X-API-Key": old}).status_code == 200
    revoke_key(path, "old")
    assert client.get("/v1/model", headers={"X-API-Key": old}).status_code == 401
    assert client.get("/v1/model", headers={"X-API-Key": other}).status_code == 200
    new = add_key(path, "old")
    assert client.get("/v1/model", headers={"X-API-Key": new}).status_code == 200


def test_a_key_that_asked_too_much_must_wait_and_others_need_not(start: Start, path: Path) -> None:
    slow, free = add_key(path, "slow", 10), add_key(path, "free")
    client = start(keys=path)
    for texts in (5, 20):
        done = client.post("/v1/emotions", json={"texts": ["joy"] * texts}, headers={"X-API-Key": slow})
        assert done.status_code == 200
    refused = client.post("/v1/emotions", json={"text": "joy"}, headers={"X-API-Key": slow})
    assert refused.status_code == 429
    assert 60 < int(refused.headers["retry-after"]) <= 110  # 5 + 20 texts and their requests, at 10 a minute
    assert client.post("/v1/emotions", json={"text": "joy"}, headers={"X-API-Key": free}).status_code == 200


def test_each_block_of_a_stream_waits_until_its_key_may_ask(
    start: Start, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add_key(path, "slow", 600)
    client = start(keys=path)
    waits = [0.0, 0.02, 0.01, 0.0]
    monkeypatch.setattr(Keys, "wait", lambda self, key: waits.pop(0))
    headers = {"X-API-Key": key, "Content-Type": "application/x-ndjson"}
    assert client.post("/v1/emotions", content=b'"joy"\n"woe"\n', headers=headers).text.count("\n") == 2
    assert waits == []


def test_a_file_damaged_while_the_api_runs_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.0)
    key = add_key(path, "a")
    keys = Keys(path)
    path.write_text("{")
    assert keys.find(key) is not None


def test_files_that_are_none_are_told(path: Path) -> None:
    with pytest.raises(UsageError, match="emotion keys add"):
        Keys(path)
    path.write_text(json.dumps({"keys": [{"name": 5}]}))
    with pytest.raises(UsageError, match="no file of API keys"):
        Keys(path)


def test_names_are_used_once_and_must_be_there_to_be_revoked(path: Path) -> None:
    add_key(path, "a")
    with pytest.raises(UsageError, match="'a'"):
        add_key(path, "a")
    with pytest.raises(UsageError, match="'b'"):
        revoke_key(path, "b")
