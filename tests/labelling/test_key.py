"""The key of hashed ids is made by whoever holds the store."""

from dataclasses import replace
from pathlib import Path

import pytest

from emotion.errors import JobError
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.stores.directory.store import DirectoryStore
from emotion.stores.keys import key_path


def test_a_second_first_start_makes_no_key(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = LabelOptions((str(archive),), str(tmp_path / "store"), model=str(bundle), ray="off", hash_ids=True)
    with DirectoryStore(tmp_path / "store").hold(), pytest.raises(JobError, match="Another job is at work"):
        label(asked)
    assert not (tmp_path / "store.key").exists()


def test_only_its_owner_reads_the_key(archive: Path, tmp_path: Path, bundle: Path) -> None:
    label(LabelOptions((str(archive),), str(tmp_path / "store"), model=str(bundle), ray="off", hash_ids=True))
    assert (tmp_path / "store.key").stat().st_mode & 0o777 == 0o600


def test_a_store_that_was_begun_without_a_key_is_not_told_to_bring_one_back(
    archive: Path, tmp_path: Path, bundle: Path
) -> None:
    asked = LabelOptions((str(archive),), str(tmp_path / "store"), model=str(bundle), ray="off")
    label(asked)
    with pytest.raises(JobError, match=r"begun otherwise .hash_ids False -> True"):
        label(replace(asked, hash_ids=True))
    assert not (tmp_path / "store.key").exists()


def test_no_two_stores_share_a_key_and_one_of_an_earlier_version_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_KEYS", str(tmp_path))
    long = "s3://team/" + "\N{SNOWMAN}é" * 300
    addresses = ["s3://team/a-b", "s3://team/a/b", "gs://team/a/b", "https://team/a-b", long, f"{long}x"]
    paths = list(map(key_path, addresses))
    assert len(set(paths)) == len(addresses)
    for path in paths:
        path.touch()
    (tmp_path / "team-c.key").touch()
    assert key_path("s3://team/c") == tmp_path / "team-c.key"
