import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from tests.labelling.made import delete, tweet, write_bundle, write_lines
from tests.ray.drivers import FILES, Driver, Start, wait_until_agents_are_gone


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("model") / "bundle")


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many small files, so that there are many commits to be killed between."""
    folder = tmp_path_factory.mktemp("archive")
    for k in range(FILES):
        records = [tweet(n) for n in range(k * 200 - 3, k * 200 + 200)] + [delete(k * 200 + 5)]
        write_lines(folder / f"{k:02d}.jsonl", [*records, '{"broken": '])
    return folder


@pytest.fixture(scope="session")
def undisturbed(archive: Path, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a run without a cluster."""
    store = tmp_path_factory.mktemp("undisturbed") / "store"
    label(LabelOptions(archives=(str(archive),), to=str(store), model=str(bundle), ray="off"))
    return store


@pytest.fixture(scope="session")
def drivers() -> Iterator[list[int]]:
    """Every driver that was started; at the end nothing of them is left."""
    started: list[int] = []
    yield started
    wait_until_agents_are_gone(started)


@pytest.fixture
def start(archive: Path, bundle: Path, tmp_path: Path, drivers: list[int]) -> Iterator[Start]:
    """Start a driver; whatever happens, nothing of it is left running."""
    running: list[Driver] = []

    def begin(layout: dict[str, int], **more: int) -> Driver:
        asked = {"archive": str(archive), "model": str(bundle), "to": str(tmp_path / "store"), **layout, **more}
        command = [sys.executable, "-m", "tests.ray.driver", json.dumps(asked)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
        running.append(process)
        drivers.append(process.pid)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
