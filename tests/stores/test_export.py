import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest

from emotion.errors import StoreError, UsageError
from emotion.stores.directory.queries import DirectoryQueries
from emotion.stores.document import schema
from emotion.stores.export import csv_text, defused, export
from tests.made_store import LABELS, NOON, PROFILE_LABELS, Made, make_store


def exported(folder: Path, name: str, *made: Made) -> Path:
    store = make_store(folder / "store", made)
    with DirectoryQueries(store) as queries:
        assert export(queries.documents(), folder / name) == len(made)
    return folder / name


def test_csv_holds_a_column_a_score_and_defuses_formulas(tmp_path: Path) -> None:
    path = exported(
        tmp_path,
        "tweets.csv",
        Made("1", '=HYPERLINK("http://x")', "fear", score=0.75, hashtags=["a", "b"], user="@otter"),
    )
    with path.open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["text"] == '\'=HYPERLINK("http://x")'
    assert row["user_name"] == "'@otter"
    assert (row["score"], row["scores_fear"], row["scores_joy"]) == ("0.75", "0.75", "0.05")
    assert row["hashtags"] == "a b"
    assert row["created_at"] == "2021-03-13T12:00:00Z"
    assert row["attention"].split()[0] == "'=:0.25"
    assert (row["felt"], row["local_hour"]) == ("True", "")


def large_store(folder: Path) -> Path:
    """One of 400 tweets, more than is read ahead, in 66 months."""
    chance = Random(1)
    texts = [chance.randbytes(8000).hex() for _ in range(400)]
    return make_store(folder, [Made(str(n), text, at=NOON + timedelta(days=5 * n)) for n, text in enumerate(texts)])


def test_what_a_finish_puts_in_the_place_of_files_changes_nothing_of_an_export(tmp_path: Path) -> None:
    store = large_store(tmp_path / "store")
    handles = len([*Path("/dev/fd").iterdir()])
    with DirectoryQueries(store) as queries:
        documents = queries.documents()
        for path in store.glob("month=*/*.parquet"):
            path.unlink()
        make_store(store, [Made("x", "others")])
        assert export(documents, tmp_path / "all.jsonl") == 400
        assert queries.summary().tweets == 1
    written = [json.loads(line) for line in (tmp_path / "all.jsonl").read_bytes().splitlines()]
    assert {each["tweet_id"] for each in written} == {str(n) for n in range(400)}
    assert len([*Path("/dev/fd").iterdir()]) <= handles


def test_a_file_that_is_damaged_while_an_export_is_written_is_a_sentence(tmp_path: Path) -> None:
    store = large_store(tmp_path / "store")
    with DirectoryQueries(store) as queries:
        documents = queries.documents()
        for path in store.glob("month=*/*.parquet"):
            path.write_bytes(b"")
        with pytest.raises(StoreError, match="a file of it is damaged"):
            export(documents, tmp_path / "all.jsonl")
    assert not (tmp_path / "all.jsonl").exists()


@pytest.mark.parametrize("value", ["=1+1", "+A1", "-1+1", "@A1", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A1"])
def test_what_a_spreadsheet_takes_for_a_formula_begins_with_a_quote(value: str) -> None:
    assert defused(value) == "'" + value
    assert list(csv.reader(io.StringIO(csv_text([{"a": value}], ["a"]), newline=""))) == [["a"], ["'" + value]]


def test_no_cell_begins_a_row_of_its_own() -> None:
    text = csv_text([{"a": "x\r=1+1", "b": "y\n=1+1"}], ["a", "b"])
    assert text == 'a,b\n"x\r=1+1","y\n=1+1"\n'


@pytest.mark.parametrize("value", ["tea", "", -1, -0.5, None, "-1", "+49171", "-0.5", "-1e3"])
def test_other_values_stay(value: object) -> None:
    assert defused(value) == value


def test_jsonl_gives_the_documents_back(tmp_path: Path) -> None:
    path = exported(tmp_path, "tweets.jsonl", Made("1", "tea\u2028\u0000 \n ok", "joy", score=0.9, profile=["trust"]))
    (line,) = path.read_bytes().splitlines()
    row = json.loads(line)
    assert list(row) == schema(LABELS, PROFILE_LABELS).names
    assert row["text"] == "tea\u2028\u0000 \n ok"
    assert (row["score"], row["scores"]["joy"], row["emotions"]) == (0.9, 0.9, ["trust"])
    assert datetime.fromisoformat(row["created_at"]) == NOON.astimezone(UTC)


def test_parquet_has_the_schema_of_the_document(tmp_path: Path) -> None:
    path = exported(tmp_path, "tweets.parquet", *(Made(str(n), "x") for n in range(3)))
    assert pq.read_schema(path) == schema(LABELS, PROFILE_LABELS)
    assert pq.read_table(path)["tweet_id"].to_pylist() == ["0", "1", "2"]


@pytest.mark.parametrize("name", ["tweets.xlsx", "tweets", "missing/tweets.csv"])
def test_a_file_that_cannot_be_written_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    with (
        DirectoryQueries(make_store(tmp_path / "store", [])) as queries,
        pytest.raises(UsageError, match=r"tweets|missing"),
    ):
        export(queries.documents(), tmp_path / name)


def test_no_rows_have_a_header_all_the_same() -> None:
    assert csv_text([], ("emotion", "=tweets")) == "emotion,'=tweets\n"
