from pathlib import Path

import pytest

from tests.labelling.made import write_archive, write_bundle


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny bundle."""
    return write_bundle(tmp_path_factory.mktemp("model") / "bundle")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Three files with a bit of everything: 300 tweets, 5 twice, 3 deleted, 2 broken lines, 4 in French, 1 blank."""
    return write_archive(tmp_path / "archive")
