"""One server for all tests of this folder: two replicas of a small model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.labelling.made import write_bundle
from tests.serving.cluster.server import Server, started


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    return [write_bundle(folder / str(seed), seed) for seed in range(2)]


@pytest.fixture(scope="session")
def server(bundles: list[Path]) -> Iterator[Server]:
    options = {"model": str(bundles[0]), "replicas": 2, "batches": {"waiting_words": 20_000}}
    with started(options) as server:
        yield server
