"""One server for all tests of this folder: two replicas of a small model."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.labelling.made import write_bundle
from tests.serving.cluster.server import Server


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    return [write_bundle(folder / str(seed), seed) for seed in range(2)]


@pytest.fixture(scope="session")
def server(bundles: list[Path]) -> Iterator[Server]:
    options = {"model": str(bundles[0]), "replicas": 2, "batches": {"waiting_words": 20_000}}
    command = [sys.executable, "-m", "tests.serving.cluster.driver", json.dumps(options)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        assert address, "the server did not start"
        yield Server(process, address)
    finally:
        process.stdin.close()
        process.wait(600)
        process.stdout.close()
