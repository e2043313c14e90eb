"""What `emotion demo` says at its end; the demo itself runs on a cluster in tests/ray/test_demo.py."""

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from emotion.commands.demo import _show_next


@pytest.mark.parametrize("is_on_path", [True, False])
def test_who_has_no_command_on_the_path_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_on_path: bool
) -> None:
    for name in ("python", "activate", "emotion"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path) if is_on_path else "")
    said = io.StringIO()
    _show_next(Console(file=said, width=200), Path("demo/archive"), Path("demo/store"), Path("demo/report.html"))
    assert (f". {tmp_path}/activate" in said.getvalue()) is not is_on_path
    assert "emotion timeline demo/store" in said.getvalue()
