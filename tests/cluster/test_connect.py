"""The check before starting, without a cluster."""

import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from emotion.cluster import connect, local
from emotion.cluster.connect import connected, fitting_workers
from emotion.errors import JobError

GIB = 2**30


@pytest.mark.parametrize(
    ("offered", "workers", "gpus", "fits"),
    [
        ({"CPU": 4.0, "memory": 8.0 * GIB}, None, 0, 4),
        ({"CPU": 4.0, "memory": 8.0 * GIB}, 2, 0, 2),
        ({"CPU": 4.0, "memory": 2.5 * GIB}, None, 0, 2),
        ({"CPU": 1.0, "GPU": 1.0}, None, 1, 1),
    ],
)
def test_workers_fit_the_cpus_and_the_memory(
    offered: dict[str, float], workers: int | None, gpus: int, fits: int
) -> None:
    assert fitting_workers(offered, workers, gpus) == fits


@pytest.mark.parametrize(
    ("offered", "workers", "gpus", "sentence"),
    [
        ({"CPU": 2.0}, 3, 0, "3 worker"),
        ({}, None, 0, "offers 0"),
        ({"CPU": 2.0, "memory": 0.5 * GIB}, None, 0, "needs 1.0 GiB of memory, but 0.50 GiB are offered"),
        ({"CPU": 2.0}, None, 1, "1 GPU"),
    ],
)
def test_what_does_not_fit_is_named(offered: dict[str, float], workers: int | None, gpus: int, sentence: str) -> None:
    with pytest.raises(JobError, match=sentence):
        fitting_workers(offered, workers, gpus)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("127.0.0.1:1", "No Ray cluster answers"),
        ("nowhere.invalid:6379", "No Ray cluster"),
        ("nonsense", "no address of a Ray cluster; write HOST:6379"),
        ("http://127.0.0.1:8265", "no address of a Ray cluster; write HOST:6379"),
        ("ray://127.0.0.1:10001", "no address of a Ray cluster; write HOST:6379"),
    ],
)
def test_an_unreachable_cluster_is_a_sentence_within_seconds(address: str, sentence: str) -> None:
    began = time.monotonic()
    with pytest.raises(JobError, match=sentence), connected(address, None, 0):
        pass
    assert time.monotonic() - began < 20


def test_something_else_at_the_address_is_a_sentence_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "ANSWER_SECONDS", 4)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(JobError, match=r"No Ray cluster answered at .* within 4 s"), connected(address, None, 0):
            pass


def test_a_start_that_fails_is_tried_again_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[subprocess.Popen[bytes]] = []

    def fail_once(**asked: object) -> None:
        if not left:
            left.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(6000)"]))
            raise Exception("The current node timed out during startup.")

    monkeypatch.setattr("ray.init", fail_once)
    with local.ray_here(1, 100 << 20):
        pass
    assert left[0].wait() is not None  # ended, and seen to be by who waited for it


def test_a_start_that_fails_twice_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**asked: object) -> None:
        raise Exception("The current node timed out during startup.\nMore of it.")

    monkeypatch.setattr("ray.init", fail)
    sentence = r"^Ray does not start .* timed out during startup. Try --ray off.$"
    with pytest.raises(JobError, match=sentence), connected("local", None, 0):
        pass


def test_nodes_have_ports_of_their_own_for_agents() -> None:
    from ray._private import parameter

    plain = parameter.RayParams
    with local.bare_nodes():
        made = [parameter.RayParams(num_cpus=1) for _ in range(2)]
    assert parameter.RayParams is plain
    assert [one.num_cpus for one in made] == [1, 1]
    for one in made:
        assert one.no_monitor
        assert not one.include_log_monitor
        ports = {getattr(one, name) for name in local.AGENT_PORTS}
        assert len(ports) == len(local.AGENT_PORTS)
        assert all(port > 0 for port in ports)


def test_ray_has_a_folder_that_only_its_user_reads_and_that_is_gone_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given: list[Path] = []

    def init(**asked: Any) -> None:
        given.append(Path(asked["_temp_dir"]))
        given[-1].chmod(0o777)  # as Ray does to whatever folder it is given

    monkeypatch.setattr("ray.init", init)
    for usual in (str(tmp_path / ("long" * 10)), "/tmp"):
        monkeypatch.setattr("tempfile.tempdir", usual)
        with local.ray_here(1, 100 << 20):
            assert len(str(given[-1])) <= 40
            assert stat.S_IMODE(given[-1].parent.stat().st_mode) == 0o700
        assert not given[-1].parent.exists()


@pytest.mark.parametrize("kept", [None, "of before"])
def test_nobody_else_reads_rays_token(kept: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / ".ray" / "auth_token"
    if kept:
        path.parent.mkdir()
        path.write_text(kept)
        path.chmod(0o644)
    local.keep_token()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text()) == (len(kept) if kept else 64)
