"""The tour of the documents, run as it stands."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PORT = "8123"  # as the page writes it
END_ALL = "kill $(jobs -p) 2>/dev/null || true"  # also where a command fails

pytestmark = pytest.mark.package


def script() -> str:
    """The blocks of the page, one after the other, with a port that is free."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs/tutorial.md").read_text(encoding="utf-8"), re.S | re.M)
    with socket.create_server(("127.0.0.1", 0)) as server:
        return "\n".join([f"set -eu -o pipefail; trap '{END_ALL}' EXIT", *blocks]).replace(
            PORT, str(server.getsockname()[1])
        )


def test_the_tour_runs_as_it_stands(tmp_path: Path) -> None:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script()],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-4000:]
    tour = tmp_path / "tour"
    for made in (
        "report.html",
        "days.csv",
        "anger.jsonl",
        "model/bundle.json",
        "models/registry.json",
        "live/store.json",
    ):
        assert (tour / made).exists(), f"{made}: {said[-4000:]}"
    assert "Traceback" not in said
