"""Standard output whose encoding cannot hold every text."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emotion.commands.shown.escapes import escape_what_output_cannot_hold
from emotion.commands.shown.terminal import drawn
from tests.made_store import Made, make_store


@pytest.mark.parametrize(
    ("encoding", "errors", "text", "written"),
    [
        ("latin-1", "strict", "é 😢!", b"\xe9 \\ud83d\\ude22!"),
        ("ascii", "strict", "é😢", b"\\u00e9\\ud83d\\ude22"),
        ("utf-8", "strict", "é\udcff", b"\xc3\xa9\\udcff"),
        ("utf-8", "surrogateescape", "é\udcff\ud83d", b"\xc3\xa9\xff\\ud83d"),
        ("ascii", "surrogateescape", "\udcff\udc80é\udcff😢", b"\xff\x80\\u00e9\\udcff\\ud83d\\ude22"),
        ("ascii", "replace", "é", b"?"),
    ],
)
def test_what_output_cannot_hold_is_escaped(
    encoding: str, errors: str, text: str, written: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding, errors))
    escape_what_output_cannot_hold()
    print(text, end="", flush=True)
    assert raw.getvalue() == written


def test_a_command_ends_well_whatever_its_output_can_hold(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nça va,joie 😢\nça va,é\n", encoding="utf-8")
    command = [sys.executable, "-m", "emotion", "sets", str(tmp_path / "a.csv")]
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    for more in ([], ["--json"]):
        done = subprocess.run([*command, *more], capture_output=True, env=environment, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert "joie \\ud83d\\ude22" in done.stdout.decode("latin-1")
    (found,) = json.loads(done.stdout.decode("latin-1"))["sets"].values()
    assert found["labels"] == ["joie 😢", "é"]


@pytest.mark.parametrize(
    ("encoding", "bar", "written"),
    [("utf-8", "██▏", "██▏"), ("latin-1", "██▏", "##|"), ("latin-1", "·", "·"), ("ascii", "·░▒▓█", ".:+*#")],
)
def test_bars_are_drawn_in_what_output_can_hold(
    encoding: str, bar: str, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding))
    assert drawn(bar) == written


@pytest.mark.parametrize("question", ["summary", "timeline", "top", "rhythm"])
def test_charts_of_a_store_are_drawn_in_what_output_can_hold(question: str, tmp_path: Path) -> None:
    store = make_store(tmp_path, [Made(str(n), "so happy", "joy", hashtags=["joy"]) for n in range(3)])
    command = [sys.executable, "-m", "emotion", question, str(store)]
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert b"##" in done.stdout
    assert b"\\u" not in done.stdout
