"""`ray job submit` with each of the project's own jobs, on a cluster started as an operator starts one."""

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

from emotion.cli import run
from emotion.cluster.settings import LOCAL
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.models.bundle import Bundle
from emotion.tuning.outcome import read
from tests.labelling.made import assert_equal_stores, delete, tweet, write_bundle, write_lines
from tests.tuning.made import write as write_space

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


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Head]:
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(16)}
    environment = kept | LOCAL | token | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    ports = [f"--port={free_port()}", f"--dashboard-port={port}", f"--dashboard-agent-listen-port={free_port()}"]
    options = [*ports, "--dashboard-host=127.0.0.1", "--num-cpus=2"]
    command = [str(BIN / "ray"), "start", "--head", "--block", "--disable-usage-stats", *options]
    short = Path("/tmp") / f"ray-{secrets.token_hex(3)}"  # the path of a socket may have 107 bytes
    log = (tmp_path_factory.mktemp("head") / "head.log").open("w")
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


@pytest.fixture(scope="module")
def working(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is sent to the cluster: the code."""
    folder = tmp_path_factory.mktemp("working")
    for name in ("emotion", "jobs", "tune"):
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@dataclass(frozen=True)
class Submit:
    """Hands a job in and returns what it prints."""

    head: Head
    working: Path

    def __call__(self, *job: str) -> str:
        command = [str(BIN / "ray"), "job", "submit", "--address", self.head.url, "--working-dir", str(self.working)]
        done = subprocess.run(
            [*command, "--", "python", *job], env=self.head.environment, capture_output=True, text=True, timeout=800
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def submit(head: Head, working: Path) -> Submit:
    return Submit(head, working)


def test_a_submitted_job_labels_as_the_command_does(submit: Submit, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "bundle")
    archive = write_lines(tmp_path / "archive" / "a.jsonl", [*(tweet(n) for n in range(500)), delete(3)])
    store = str(tmp_path / "store")
    said = submit("jobs/label.py", str(archive.parent), "--to", store, "--model", str(bundle), "--json")
    printed = next(line for line in said.splitlines() if line.startswith('{"read"'))
    assert json.loads(printed)["documents"] == 499
    label(LabelOptions((str(archive.parent),), str(tmp_path / "plain"), model=str(bundle), ray="off"))
    assert_equal_stores(tmp_path / "store", tmp_path / "plain")


def test_a_submitted_search_s_winner_is_measured_by_a_submitted_job(submit: Submit, tmp_path: Path) -> None:
    space = write_space(tmp_path, search={"trials": 2}, winner={"top": 1, "seeds": 1})
    to = tmp_path / "found"
    submit("tune/search.py", "--space", str(space), "--to", str(to), "--data", str(tmp_path))
    found = read(to)
    assert found is not None
    assert [trial.status for trial in found.trials] == ["finished"] * 2
    measured = tmp_path / "measured"
    recipe = ["--recipe", str(tmp_path / "recipe.yaml"), "--data-root", str(tmp_path)]
    submit("jobs/evaluate.py", "--model", str(to / "winner"), *recipe, "--to", str(measured))
    evaluation = json.loads((measured / "evaluation.json").read_text())
    assert evaluation["model"]["id"] == Bundle.load(to / "winner").id
    assert {one["name"] for one in evaluation["sets"]} == {"single", "several"}


def test_a_submitted_training_is_the_command_s_and_vectors_are_learnt_of_an_archive(
    submit: Submit, tmp_path: Path
) -> None:
    write_space(tmp_path)
    asked = [str(tmp_path / "recipe.yaml"), "--data-root", str(tmp_path)]
    submit("jobs/train.py", *asked, "--to", str(tmp_path / "submitted"))
    assert run(["train", *asked, "--to", str(tmp_path / "plain")]) == 0
    assert Bundle.load(tmp_path / "submitted").id == Bundle.load(tmp_path / "plain").id
    archive = write_lines(tmp_path / "archive" / "a.jsonl", [tweet(n) for n in range(500)])
    vectors = tmp_path / "vectors"
    submit("jobs/embed.py", str(archive), "--to", str(vectors), "--dimension", "8", "--lang", "all")
    assert json.loads((vectors / "embed.json").read_text())


def test_a_job_that_is_stopped_ends_in_order(head: Head, working: Path, root: Path) -> None:
    """By the variables of `deploy/runtime_env.yaml`; by itself Ray sends SIGTERM and kills three seconds later."""
    (working / "waits.py").write_text(
        "import time\n"
        "try:\n    print('it waits', flush=True)\n    time.sleep(600)\n"
        "except KeyboardInterrupt:\n    time.sleep(4)\n    print('in order', flush=True)\n"
    )
    job = [str(BIN / "ray"), "job"]
    address = ["--address", head.url]

    def said(*command: str) -> str:
        done = subprocess.run(
            [*job, command[0], *address, *command[1:]],
            env=head.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        return done.stdout + done.stderr

    variables = ["--runtime-env", str(root / "deploy/runtime_env.yaml"), "--working-dir", str(working)]
    said("submit", *variables, "--submission-id", "stopped", "--no-wait", "--", "python", "waits.py")
    end = time.monotonic() + 300
    while "it waits" not in said("logs", "stopped"):
        assert time.monotonic() < end
    said("stop", "stopped")
    assert "in order" in said("logs", "stopped")
