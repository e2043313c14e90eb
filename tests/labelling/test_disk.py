"""What the disk refuses, and what killed writers leave on it."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from emotion.errors import StoreError
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from tests.labelling.made import assert_equal_stores, label_and_die


def options(archive: Path, store: Path, bundle: Path) -> LabelOptions:
    return LabelOptions(archives=(str(archive),), to=str(store), model=str(bundle), ray="off")


def full(function: Callable[..., Any], told_by: Callable[[Any], bool]) -> Callable[..., Any]:
    """The function on a disk that is full for some of its calls, told by their first argument."""

    def fails(first: Any, *rest: Any, **more: Any) -> Any:
        if told_by(first):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return function(first, *rest, **more)

    return fails


@pytest.mark.parametrize(
    "written",
    ["documents", ".store.json", ".manifest.json", ".lease.json", ".ledger.json", ".run.json", "commits", "tries"],
)
def test_a_full_disk_is_a_sentence_and_the_same_command_goes_on(
    written: str, archive: Path, tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = options(archive, tmp_path / "store", bundle)
    with monkeypatch.context() as patch:
        patch.setattr(pq, "write_table", full(pq.write_table, lambda _: written == "documents"))
        for name in ("write_bytes", "write_text"):
            wanted = full(vars(Path)[name], lambda path: path.name.startswith(written) or path.parent.name == written)
            patch.setattr(Path, name, wanted)
        with pytest.raises(StoreError, match=r"^The disk that holds .*store.* is full: make room and say the same"):
            label(asked)
        assert list(tmp_path.rglob("*.tmp")) == []
    label(asked)
    label(replace(asked, to=str(tmp_path / "undisturbed")))
    assert_equal_stores(tmp_path / "store", tmp_path / "undisturbed")


def test_no_temporary_file_outlives_the_next_run(archive: Path, tmp_path: Path, bundle: Path) -> None:
    asked = replace(options(archive, tmp_path / "store", bundle), hash_ids=True)
    assert label_and_die(asked, "after-commit")
    job = tmp_path / "store" / "_job"
    for folder in (tmp_path / "store", job, job / "parts", job / "commits"):
        (folder / ".something.json.1.tmp").write_bytes(b"half")
    (tmp_path / ".store.key.1.tmp").write_bytes(b"half")
    (tmp_path / ".other.key.1.tmp").write_bytes(b"another's")
    label(asked)
    assert [path.name for path in tmp_path.rglob("*.tmp")] == [".other.key.1.tmp"]
