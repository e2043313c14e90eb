"""A cluster that grows, by Ray's own autoscaler: its machines are processes of this one."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from emotion.cluster.settings import LOCAL
from tests.labelling.made import tweet, write_bundle, write_lines

pytestmark = pytest.mark.ray
ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
HEAD_ID, HEAD_TYPE = f"{'f' * 51}00000", "ray.head.default"  # as the provider knows them
TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(16)}
TRIES = 4  # on a busy machine the autoscaler may be late for the first
VERSIONS = {  # of the autoscaler; the second one as `ray up` starts it
    "1": {"RAY_enable_autoscaler_v2": "0"},
    "2": {"RAY_enable_autoscaler_v2": "1", "RAY_CLOUD_INSTANCE_ID": HEAD_ID, "RAY_NODE_TYPE_NAME": HEAD_TYPE},
}


def configuration(port: int) -> dict[str, object]:
    """A head without CPUs, and up to two machines of one CPU each."""
    provider = {
        "type": "external",
        "module": "ray.autoscaler._private.fake_multi_node.node_provider.FakeMultiNodeProvider",
        "use_node_id_as_ip": True,
        "gcs_address": f"127.0.0.1:{port}",
        "head_node_id": HEAD_ID,
        "launch_multiple": True,
    }
    commands = ("initialization_", "setup_", "head_setup_", "worker_setup_", "head_start_ray_", "worker_start_ray_")
    nothing: dict[str, object] = {"docker": {}, "auth": {}, "file_mounts": {}} | {f"{c}commands": [] for c in commands}
    return nothing | {
        "cluster_name": "grows",
        "max_workers": 2,
        "upscaling_speed": 1,
        "idle_timeout_minutes": 5,
        "file_mounts_sync_continuously": False,
        "cluster_synced_files": [],
        "rsync_exclude": [],
        "rsync_filter": [],
        "provider": provider,
        "head_node_type": HEAD_TYPE,
        "available_node_types": {
            HEAD_TYPE: {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
            "cpu": {"resources": {"CPU": 1}, "node_config": {}, "min_workers": 0, "max_workers": 2},
        },
    }


@pytest.fixture(params=VERSIONS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    config = tmp_path / "cluster.json"
    config.write_text(json.dumps(configuration(port)))
    short = Path("/tmp") / f"ray-{secrets.token_hex(3)}"  # the path of a socket may have 107 bytes
    fake = {"RAY_FAKE_CLUSTER": "1", "RAY_OVERRIDE_NODE_ID_FOR_TESTING": HEAD_ID, "AUTOSCALER_UPDATE_INTERVAL_S": "1"}
    path = {"PATH": f"{BIN}:{os.environ['PATH']}"}
    command = [str(BIN / "ray"), "start", "--head", "--block", f"--port={port}", "--num-cpus=0", f"--temp-dir={short}"]
    more = ["--include-dashboard=false", "--disable-usage-stats", f"--autoscaling-config={config}"]
    with (tmp_path / "head.log").open("w") as log:
        environment = os.environ | LOCAL | TOKEN | path | fake | VERSIONS[request.param]
        head = subprocess.Popen([*command, *more], env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for(tmp_path / "head.log", head)
        yield f"127.0.0.1:{port}"
    finally:
        machines = psutil.Process(head.pid).children(recursive=True)
        head.kill()
        head.wait()
        for process in machines:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        shutil.rmtree(short, ignore_errors=True)


def wait_for(log: Path, head: "subprocess.Popen[bytes]", seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while "Ray runtime started" not in log.read_text():
        assert head.poll() is None, log.read_text()
        assert time.monotonic() < end, "the head did not come up"
        time.sleep(0.2)


def label(folder: Path, bundle: Path, address: str, workers: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "emotion", "label", str(folder), "--to", str(folder.with_name("store"))]
    options = ["--model", str(bundle), "--ray", address, "--workers", str(workers)]
    environment = os.environ | LOCAL | TOKEN | {"PYTHONPATH": str(ROOT)}
    return subprocess.run([*command, *options], capture_output=True, text=True, timeout=600, env=environment)


def test_a_job_has_its_cluster_grow_to_what_it_asks_for_and_is_refused_what_does_not_come(
    address: str, tmp_path: Path
) -> None:
    bundle = write_bundle(tmp_path / "bundle")
    for part in range(4):
        write_lines(tmp_path / "archive" / f"{part}.jsonl", [tweet(part * 100 + n) for n in range(100)])
    said = ""
    for _ in range(TRIES):
        done = label(tmp_path / "archive", bundle, address, 2)
        said += done.stderr
        if done.returncode == 0:
            break
    assert done.returncode == 0, said
    assert "asked to grow" in said
    write_lines(tmp_path / "archive" / "4.jsonl", [tweet(400)])
    refused = label(tmp_path / "archive", bundle, address, 3)
    assert "3 worker(s) need as many CPUs, but the cluster offers 2" in refused.stderr, refused.stderr
