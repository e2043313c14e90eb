from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ray.drivers import Drivers, wait_until_agents_are_gone
from tests.ray.kills import Scene, make_scene


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return make_scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="session")
def bundle(scene: Scene) -> Path:
    return scene.bundle


@pytest.fixture(scope="session")
def undisturbed(scene: Scene) -> Path:
    """The store of a run without a cluster."""
    return scene.undisturbed


@pytest.fixture(scope="session")
def drivers() -> Iterator[list[int]]:
    """Every driver that was started; at the end nothing of them is left."""
    started: list[int] = []
    yield started
    wait_until_agents_are_gone(started)


@pytest.fixture
def start(scene: Scene, tmp_path: Path, drivers: list[int]) -> Iterator[Drivers]:
    """Start a driver; whatever happens, nothing of it is left running."""
    with Drivers(scene.archive, scene.bundle, str(tmp_path / "store"), drivers) as start:
        yield start
