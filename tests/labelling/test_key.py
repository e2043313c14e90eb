"""The key of hashed ids is made by whoever holds the store."""

from pathlib import Path

import pytest

from emotion.errors import JobError
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.stores.directory import DirectoryStore


def test_a_second_first_start_makes_no_key(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = LabelOptions((str(archive),), str(tmp_path / "store"), model=str(bundle), ray="off", hash_ids=True)
    with DirectoryStore(tmp_path / "store").hold(), pytest.raises(JobError, match="Another job is at work"):
        label(asked)
    assert not (tmp_path / "store.key").exists()


def test_only_its_owner_reads_the_key(archive: Path, tmp_path: Path, bundle: Path) -> None:
    label(LabelOptions((str(archive),), str(tmp_path / "store"), model=str(bundle), ray="off", hash_ids=True))
    assert (tmp_path / "store.key").stat().st_mode & 0o777 == 0o600
