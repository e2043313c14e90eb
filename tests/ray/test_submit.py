"""`ray job submit` with the project's own job, on a cluster started as an operator starts one."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.labelling.ray_settings import LOCAL
from tests.labelling.made import assert_equal_stores, delete, tweet, write_bundle, write_lines

pytestmark = pytest.mark.ray
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Head:
    """A running head node: its job server, and the environment that reaches it."""

    url: str
    environment: dict[str, str]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def head(tmp_path: Path) -> Iterator[Head]:
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(16)}
    environment = kept | LOCAL | token | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    options = [f"--port={free_port()}", f"--dashboard-port={port}", "--dashboard-host=127.0.0.1", "--num-cpus=2"]
    command = [str(BIN / "ray"), "start", "--head", "--block", "--disable-usage-stats", *options]
    short = Path("/tmp") / f"ray-{secrets.token_hex(3)}"  # the path of a socket may have 107 bytes
    log = (tmp_path / "head.log").open("w")
    process = subprocess.Popen(
        [*command, f"--temp-dir={short}"], env=environment, stdout=log, stderr=log, start_new_session=True
    )
    try:
        wait_until_ready(port, process)
        yield Head(f"http://127.0.0.1:{port}", environment)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        log.close()
        shutil.rmtree(short, ignore_errors=True)


def wait_until_ready(port: int, process: subprocess.Popen[bytes], seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, "the head node ended"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/version", timeout=2).close()
            return
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            time.sleep(0.3)
    raise AssertionError("the head node's job server did not come up")


def test_a_submitted_job_labels_as_the_command_does(head: Head, root: Path, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "bundle")
    archive = write_lines(tmp_path / "archive" / "a.jsonl", [*(tweet(n) for n in range(500)), delete(3)])
    shipped = tmp_path / "working"
    for folder in ("emotion", "jobs"):
        ignored = shutil.ignore_patterns("__pycache__", "shipped")
        shutil.copytree(root / folder, shipped / folder, ignore=ignored)
    command = [str(BIN / "ray"), "job", "submit", "--address", head.url, "--working-dir", str(shipped), "--"]
    job = [
        "python",
        "jobs/label.py",
        str(archive.parent),
        "--to",
        str(tmp_path / "store"),
        "--model",
        str(bundle),
        "--json",
    ]
    done = subprocess.run([*command, *job], env=head.environment, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stdout + done.stderr
    printed = next(line for line in done.stdout.splitlines() if line.startswith('{"read"'))
    assert json.loads(printed)["documents"] == 499
    label(LabelOptions((str(archive.parent),), str(tmp_path / "plain"), model=str(bundle), ray="off"))
    assert_equal_stores(tmp_path / "store", tmp_path / "plain")
