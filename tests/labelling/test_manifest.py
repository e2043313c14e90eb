"""What the manifest holds on to from one run to the next."""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from emotion.errors import JobError
from emotion.labelling.job import label
from emotion.labelling.manifest import Listed, Manifest, Start, add_files, check_same, decode
from emotion.labelling.options import LabelOptions
from emotion.tweets.files import ArchiveFile
from emotion.tweets.splits import Split
from tests.labelling.made import rows, tweet, write_lines


def tarred(path: Path, contents: list[bytes]) -> Path:
    with tarfile.open(path, "w") as container:
        for content in contents:
            info = tarfile.TarInfo("a.jsonl")
            info.size = len(content)
            container.addfile(info, io.BytesIO(content))
    return path


def zipped(path: Path, contents: list[bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as container:
        for content in contents:
            container.writestr("a.jsonl", content)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("pack", [tarred, zipped])
def test_members_of_one_name_are_known_again(
    pack: Callable[[Path, list[bytes]], Path], tmp_path: Path, bundle: Path
) -> None:
    archive = pack(tmp_path / "days.packed", [json.dumps(tweet(n)).encode() + b"\n" for n in range(3)])
    asked = LabelOptions((str(archive),), str(tmp_path / "store"), model=str(bundle), ray="off")
    assert label(asked).read_now == 3
    assert label(asked).read_now == 0
    assert len({row["source"] for row in rows(tmp_path / "store")}) == 3


def test_ids_are_made_alike_however_the_files_were_cut(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = write_lines(tmp_path / "a.jsonl", [{"text": "good day"} for _ in range(200)])
    found = []
    for size in (64 << 20, 1000, 777):
        monkeypatch.setattr("emotion.labelling.job.SPLIT_BYTES", size)
        label(LabelOptions((str(archive),), str(tmp_path / str(size)), model=str(bundle), ray="off"))
        found.append({row["line"]: row["tweet_id"] for row in rows(tmp_path / str(size))})
    assert found[0] == found[1] == found[2]
    assert len(set(found[0].values())) == 200


WHOLE = Manifest(
    model="0" * 16,
    content={"read": {"format": None}},
    split_bytes=1000,
    part_bytes=100,
    cuts=[1],
    starts=[Start("job", 1)],
    files=[Listed(ArchiveFile("/a.jsonl", "a.jsonl", 5, 1, "ab"), 0, [Split(0, 0)])],
)


def test_a_start_has_a_number_that_nobody_else_took() -> None:
    manifest = decode(WHOLE.encode())
    files = [ArchiveFile(f"/{name}.jsonl", f"{name}.jsonl", 5, 1, name) for name in "bcd"]
    for least, file in zip((0, 5, 2), files, strict=True):
        add_files(manifest, [file], Start(file.name, 2), least)
    assert [entry.start for entry in manifest.files] == [0, 1, 5, 6]
    assert [manifest.starts[n].job for n in (0, 1, 5, 6)] == ["job", "b.jsonl", "c.jsonl", "d.jsonl"]
    assert decode(manifest.encode()) == manifest


def test_a_manifest_comes_back_as_it_was_kept() -> None:
    assert decode(WHOLE.encode()) == WHOLE


@pytest.mark.parametrize(
    "change",
    [
        {"starts": []},
        {"files": [{**msgspec.to_builtins(WHOLE.files[0]), "splits": []}]},
        {"files": [{**msgspec.to_builtins(WHOLE.files[0]), "splits": [{"file": 7, "index": 0}]}]},
        {"files": [{**msgspec.to_builtins(WHOLE.files[0]), "splits": [{"file": 0, "index": 0, "unit": "miles"}]}]},
        {"files": [{**msgspec.to_builtins(WHOLE.files[0]), "start": -1}]},
        {"split_bytes": 0},
        {"part_bytes": "many"},
        {"starts": [{"job": "job", "started": 10**30}]},
        {"model": None},
    ],
)
def test_a_manifest_that_does_not_fit_together_is_a_sentence(change: dict[str, Any]) -> None:
    with pytest.raises(JobError, match="manifest is damaged"):
        decode(json.dumps(msgspec.to_builtins(WHOLE) | change).encode())


def test_another_model_is_refused_with_the_way_to_keep_the_one_before() -> None:
    other = msgspec.structs.replace(WHOLE, model="1" * 16)
    with pytest.raises(JobError, match=r"model 0{16} -> 1{16}.*name the model 0{16} with --model.*models add shipped"):
        check_same(WHOLE, other)
    with pytest.raises(JobError) as refused:
        check_same(WHOLE, msgspec.structs.replace(WHOLE, content={"read": {"format": "v1"}}))
    assert "models add" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"model": "\xff"}', b"[" * 200_000])
def test_a_manifest_that_is_none_is_a_sentence(content: bytes) -> None:
    with pytest.raises(JobError, match="manifest is damaged"):
        decode(content)
