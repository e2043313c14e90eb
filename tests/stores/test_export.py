import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotion.errors import StoreError, UsageError
from emotion.stores.answers import Filter, Sample
from emotion.stores.directory.queries import DirectoryQueries
from emotion.stores.document import schema
from emotion.stores.export import csv_text, defused, export
from emotion.stores.finish import finish
from emotion.stores.queries.columns import every_column, mark
from tests.made_store import LABELS, NOON, PROFILE_LABELS, Made, make_store
from tests.stores.parts import LABELS as PART_LABELS
from tests.stores.parts import PROFILE_LABELS as PART_PROFILE_LABELS
from tests.stores.parts import Parts, Row


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
    assert json.loads(row["hashtags"]) == ["a", "b"]
    assert row["created_at"] == "2021-03-13T12:00:00Z"
    assert json.loads(row["attention"])[0] == {"word": "=", "weight": 0.25}
    assert (row["felt"], row["local_hour"]) == ("True", "")


def test_names_with_blanks_and_signs_come_back_out_of_a_cell(tmp_path: Path) -> None:
    entities = [("place", "New York"), (None, 'O"Neill; Sons, "Ltd"')]
    path = exported(tmp_path, "tweets.csv", Made("1", "x", hashtags=["=a b", "c"], entities=entities), Made("2", "y"))
    with path.open(newline="", encoding="utf-8") as file:
        one, two = csv.DictReader(file)
    assert [(each["kind"], each["name"]) for each in json.loads(one["entities"])] == entities
    assert json.loads(one["hashtags"]) == ["=a b", "c"]
    assert (two["entities"], two["hashtags"]) == ("[]", "[]")


COUNTS = [
    Made(str(n), f"tea {n}", LABELS[n % 6], felt=n % 3 > 0, at=NOON + timedelta(days=n), hashtags=["tea"] * (n % 2))
    for n in range(60)
]


def taken(queries: DirectoryQueries, **asked: Any) -> list[str]:
    ids: list[str] = queries.documents(columns=["tweet_id"], **asked).read_all()["tweet_id"].to_pylist()
    return ids


@pytest.mark.parametrize("everything", [False, True])
def test_what_a_summary_counts_can_be_had_of_an_export(tmp_path: Path, everything: bool) -> None:
    store = make_store(tmp_path, COUNTS)
    with DirectoryQueries(store, everything) as queries:
        counted = Counter(queries.documents(columns=every_column()).read_all()["counted"].to_pylist())
        assert counted == {emotion: n for emotion, n in queries.summary().emotions.items() if n}


def test_columns_are_those_asked_for_in_their_order(tmp_path: Path) -> None:
    with DirectoryQueries(make_store(tmp_path, COUNTS[:1])) as queries:
        found = queries.documents(columns=["counted", "tweet_id", "scores", "counted"]).read_all()
        assert found.column_names == ["counted", "tweet_id", "scores"]
        assert found["counted"].to_pylist() == ["none"]
        for names in (["tweet_id", 'text" FROM documents --'], []):
            with pytest.raises(UsageError, match=r"column .*a document has tweet_id, .*, line, counted\."):
                queries.documents(columns=names)


def test_a_sample_is_the_same_each_time_and_another_with_another_seed(tmp_path: Path) -> None:
    one, two = make_store(tmp_path / "one", COUNTS), make_store(tmp_path / "two", COUNTS[::-1])
    with DirectoryQueries(one) as queries, DirectoryQueries(two) as others:
        sample = taken(queries, sample=Sample(20, 7))
        assert len(sample) == 20
        assert sorted(taken(others, sample=Sample(20, 7))) == sorted(sample)
        assert set(taken(queries, sample=Sample(10, 7))) < set(sample)
        assert set(taken(queries, sample=Sample(20, 8))) != set(sample)
        assert sample == [name for name in taken(queries) if name in sample], "in the store's order"
        assert sample != taken(queries)[:20]


def test_the_marks_of_a_sample_are_those_that_every_store_gives(tmp_path: Path) -> None:
    with DirectoryQueries(make_store(tmp_path, COUNTS)) as queries:
        lowest = sorted((each.id for each in COUNTS), key=lambda name: mark(name, 3))[:7]
        assert sorted(taken(queries, sample=Sample(7, 3))) == sorted(lowest)


@pytest.mark.parametrize("tweets", [1, 4, 30, 100])
def test_a_sample_of_an_unfinished_store_is_that_of_the_finished_one(tweets: int, tmp_path: Path) -> None:
    parts = Parts(tmp_path / "store")
    described = {"version": 1, "labels": PART_LABELS, "profile_labels": PART_PROFILE_LABELS}
    (parts.root / "store.json").write_text(json.dumps(described))
    parts.add(0, [Row(str(n)) for n in range(20)])
    finish(parts.root)
    for split in (1, 0):
        parts.add(1, [Row(str(n), at=f"2017-0{split + 1}-01") for n in range(10, 40)] * 2, split=split)

    def sampled() -> list[tuple[Any, ...]]:
        columns = ["tweet_id", "source", "line", "created_at"]
        with DirectoryQueries(parts.root) as queries:
            rows = queries.documents(columns=columns, sample=Sample(tweets, 7)).read_all().to_pylist()
        return sorted(tuple(row.values()) for row in rows)

    before = sampled()
    assert len({tweet for tweet, *_ in before}) == len(before) == min(tweets, 40)
    finish(parts.root)
    assert sampled() == before


def test_a_sample_is_of_what_the_filter_lets_through(tmp_path: Path) -> None:
    with DirectoryQueries(make_store(tmp_path, COUNTS)) as queries:
        for filter in (Filter(hashtag="tea"), Filter(query="#tea", since=NOON + timedelta(days=20))):
            every = taken(queries, filter=filter)
            assert set(taken(queries, filter=filter, sample=Sample(5))) < set(every)
            assert taken(queries, filter=filter, sample=Sample(len(every))) == every
            assert taken(queries, filter=filter, sample=Sample(1000)) == every


def test_no_more_is_read_than_a_limit_wants(tmp_path: Path) -> None:
    kind = pa.schema([("n", pa.int64())])
    read: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for start in (0, 4, 8):
            read.append(start)
            yield pa.record_batch([pa.array(range(start, start + 4))], schema=kind)

    assert export(pa.RecordBatchReader.from_batches(kind, batches()), tmp_path / "few.parquet", limit=6) == 6
    assert pq.read_table(tmp_path / "few.parquet")["n"].to_pylist() == [*range(6)]
    assert read == [0, 4]


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
