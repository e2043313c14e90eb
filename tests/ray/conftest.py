from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from tests.labelling.made import delete, tweet, write_bundle, write_lines
from tests.ray.drivers import FILES, Begin, Desks, Driver, command, end, wait_until_agents_are_gone


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


@pytest.fixture(scope="session")
def desks(archive: Path, bundle: Path, drivers: list[int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    """Drivers that label the archive with the bundle, kept from test to test: a cluster takes long to start."""
    every = Desks(tmp_path_factory.mktemp("desks"), drivers, archive=str(archive), model=str(bundle))
    yield every
    every.close()


@pytest.fixture(scope="module")
def begin(tmp_path_factory: pytest.TempPathFactory, drivers: list[int]) -> Iterator[Begin]:
    """Start the command; whatever happens, nothing of it is left running, and nothing where Ray writes by default."""
    running: list[Driver] = []
    home = tmp_path_factory.mktemp("home")
    yield partial(command, home, running)
    for driver in running:
        end(driver)
    drivers += [driver.pid for driver in running]
    assert not (home / "ray_results").exists()
