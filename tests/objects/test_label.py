"""A labelling job whose archive and model lie in a bucket."""

from dataclasses import replace
from pathlib import Path

import pytest

from emotion.errors import ArchiveError, BundleError
from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.models.bundle import Bundle
from emotion.models.fetched import fetched
from emotion.models.registry import resolve
from emotion.predictor import Predictor
from emotion.tweets.reader import ReadOptions
from emotion.tweets.selection import Selection
from emotion.vectors.own.texts import tweets
from tests.labelling.made import rows, tweet, write_bundle, write_lines
from tests.objects.made import Bucket

OF_PLACES = {"job", "labelled_at"}


def put(bucket: Bucket, folder: Path, key: str) -> str:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            bucket.put(f"{key}/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return f"{bucket.address}/{key}"


def labelled(store: Path) -> list[dict[str, object]]:
    found = [{key: value for key, value in row.items() if key not in OF_PLACES} for row in rows(store)]
    return sorted(found, key=lambda row: str(row["tweet_id"]))


def test_the_store_is_that_of_the_same_files_on_a_disk(bucket: Bucket, bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    write_lines(folder / "a.jsonl", [tweet(n) for n in range(150)])
    write_lines(folder / "b.jsonl", [*(tweet(n) for n in range(145, 200)), "not json"])
    address, model = put(bucket, folder, "archive"), put(bucket, bundle, "models/mine")
    asked = LabelOptions((address,), str(tmp_path / "there"), model=model, ray="off")
    run = label(asked)
    assert (run.accounts.read, run.accounts.documents, run.accounts.dead_letters) == (206, 200, 1)
    label(LabelOptions((str(folder),), str(tmp_path / "here"), model=str(bundle), ray="off"))
    assert labelled(tmp_path / "there") == labelled(tmp_path / "here")
    assert label(asked).read_now == 0


def test_texts_for_word_vectors_are_read_there_too(bucket: Bucket, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [tweet(n, text=f"day {n}") for n in range(20)])
    address = bucket.put("days/a.jsonl", path.read_bytes())
    options = ReadOptions(retweets="fold")
    assert list(tweets([address], Selection(None), options)) == [f"day {n}" for n in range(20)]


def test_an_object_that_changed_since_is_refused(bucket: Bucket, bundle: Path, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [tweet(n) for n in range(20)])
    address = bucket.put("a.jsonl", path.read_bytes())
    asked = LabelOptions((address,), str(tmp_path / "store"), model=str(bundle), ray="off")
    label(asked)
    bucket.put("a.jsonl", path.read_bytes() + path.read_bytes())
    with pytest.raises(ArchiveError, match=r"a\.jsonl has changed since this store was begun \(size"):
        label(asked)


def test_a_bundle_is_fetched_once_and_predicts_as_from_a_disk(bucket: Bucket, bundle: Path, cache: Path) -> None:
    address = put(bucket, bundle, "models/mine")
    assert resolve(address) == fetched(f"{address}/")
    kept = Predictor.load(bundle).bundle
    names = [path.name for path in (cache / "bundles").iterdir() if not path.name.startswith(".")]
    assert names == [f"{kept.id}-{kept.checksum[:16]}"]
    here, there = Predictor.load(bundle)(["good day"]), Predictor.load(address)(["good day"])
    assert (here.scores == there.scores).all()


def test_a_bundle_that_says_something_else_of_itself_is_fetched_anew(
    bucket: Bucket, bundle: Path, tmp_path: Path
) -> None:
    address = put(bucket, bundle, "mine")
    first = resolve(address)
    replace(Bundle.load(bundle), languages=("de",)).save(tmp_path / "mine")
    put(bucket, tmp_path / "mine", "mine")
    assert (resolve(address) != first, Bundle.load(resolve(address)).languages) == (True, ("de",))


def test_a_bundle_that_is_being_uploaded_is_not_kept(bucket: Bucket, bundle: Path, tmp_path: Path) -> None:
    address = put(bucket, bundle, "mine")
    other = write_bundle(tmp_path / "other", seed=1)
    bucket.put("mine/bundle.json", (other / "bundle.json").read_bytes())
    with pytest.raises(BundleError, match="damaged"):
        resolve(address)
    put(bucket, other, "mine")
    assert Bundle.load(resolve(address)).id == Bundle.load(other).id


def test_another_bundle_at_the_address_is_another_model(bucket: Bucket, bundle: Path, tmp_path: Path) -> None:
    address = put(bucket, bundle, "mine")
    first = resolve(address)
    put(bucket, write_bundle(tmp_path / "other", seed=1), "mine")
    assert resolve(address) != first


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"id": "../../../../../etc", "checksum": "0"}', b'{"id": "0123456789abcdef"}']
)
def test_what_is_no_bundle_is_said(content: bytes, bucket: Bucket, cache: Path) -> None:
    with pytest.raises(BundleError, match=r"is no bundle: it holds no bundle\.json"):
        resolve(f"{bucket.address}/nothing")
    bucket.put("wrong/bundle.json", content)
    with pytest.raises(BundleError, match=r"wrong/bundle\.json is damaged"):
        resolve(f"{bucket.address}/wrong")
    assert not cache.exists()


def test_half_a_bundle_leaves_nothing_behind(bucket: Bucket, cache: Path) -> None:
    bucket.put("half/bundle.json", b'{"id": "0123456789abcdef", "checksum": "%b"}' % (b"0" * 64))
    with pytest.raises(BundleError):
        resolve(f"{bucket.address}/half")
    assert [path for path in cache.rglob("*") if path.is_dir()] == [cache / "bundles"]
