from pathlib import Path

import pytest

from tests.labelling.made import delete, tweet, write_bundle, write_lines


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny bundle."""
    return write_bundle(tmp_path_factory.mktemp("model") / "bundle")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Three files with a bit of everything: 300 tweets, 5 twice, 3 deleted, 2 broken lines, 4 in French, 1 blank."""
    folder = tmp_path / "archive"
    french = [tweet(1000 + n, lang="fr") for n in range(4)]
    write_lines(folder / "a.jsonl", [*(tweet(n) for n in range(150)), '{"broken": ', delete(7), *french])
    write_lines(folder / "b.jsonl", [*(tweet(n) for n in range(145, 250)), "", delete(8), "not json"])
    write_lines(folder / "c.jsonl", [*(tweet(n) for n in range(250, 300)), delete(251), delete(5000)])
    return folder
