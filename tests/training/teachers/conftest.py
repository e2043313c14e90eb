"""What the tests of teachers share: data, a tiny base, and a teacher made of it."""

from pathlib import Path

import pytest

from emotion.training.teachers.recipe import check
from emotion.training.teachers.taught import Taught
from emotion.training.teachers.teach import teach
from tests.training.made_sets import write_sets
from tests.training.teachers.made_teachers import recipe, write_base


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_sets(folder)
    return folder


@pytest.fixture(scope="session")
def taught_at(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a teacher."""
    folder = tmp_path_factory.mktemp("teachers") / "tiny"
    teach(check(recipe(base), "tiny"), data, folder)
    return folder


@pytest.fixture(scope="session")
def taught(taught_at: Path) -> Taught:
    from emotion.training.hardware import Hardware

    return Taught.load(taught_at, Hardware())
