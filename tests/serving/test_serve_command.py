"""`emotion serve` and `emotion keys` as a person runs them, without Ray."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from emotion.cli import run
from tests.labelling.made import write_bundle

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_bundle(tmp_path / "model")


@pytest.fixture
def serving(bundle: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    command = [sys.executable, "-m", "emotion", "serve", "--ray", "off", "--port", "0", "--model", str(bundle)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        found = re.search(r"The API is at (\S+),", said)
        assert found, said
        yield process, found[1]
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_it_says_where_it_is_and_ends_at_ctrl_c_with_one_sentence(
    serving: tuple["subprocess.Popen[str]", str],
) -> None:
    process, address = serving
    answer = httpx.post(f"{address}/v1/emotions", json={"text": "good"}, timeout=120)
    assert answer.json()["engine"] == "exact"
    process.send_signal(signal.SIGINT)
    assert process.wait(600) == 130
    assert process.stderr is not None
    assert process.stderr.read() == "emotion: stopped; the API has ended.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "needs keys"),
        (["--host", "0.0.0.0", "--keys", "nothing.json"], "emotion keys add"),
        (["--write"], "needs a `store`"),
        (["--store", "s", "--write", "--replicas", "2"], "one writer"),
        (["--store", "s3://bucket/store", "--write"], "What is live cannot be written"),
        (["--store", "nothing"], "is not a store"),
        (["--ray", "off", "--replicas", "2"], "--ray off"),
        (["--ray", "perhaps"], "'perhaps'"),
        (["--engine", "slow"], "engine"),
    ],
)
def test_what_cannot_be_served_is_told_before_anything_starts(
    bundle: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(["serve", "--model", str(bundle), *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Value error" not in told
    assert ".." not in told


@pytest.mark.parametrize("ray", ["local", "off"])
def test_a_port_that_is_taken_is_told_before_anything_starts(
    bundle: Path, capsys: pytest.CaptureFixture[str], ray: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(["serve", "--model", str(bundle), "--port", str(port), "--ray", ray]) == 2
    assert f"Nothing can listen at 127.0.0.1, port {port}" in capsys.readouterr().err


def test_a_model_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--model", "nothing"]) == 1
    assert "nothing" in capsys.readouterr().err


def test_keys_are_made_listed_and_revoked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "keys.json")
    assert run(["keys", "add", "page", "--keys", path, "--per-minute", "60"]) == 0
    assert capsys.readouterr().out.startswith("emotion_")
    assert run(["keys", "add", "page", "--keys", path]) == 2
    assert run(["keys", "revoke", "page", "--keys", path]) == 0
    capsys.readouterr()
    assert run(["keys", "list", "--keys", path]) == 0
    shown = capsys.readouterr().out
    assert "page" in shown
    assert "60" in shown
