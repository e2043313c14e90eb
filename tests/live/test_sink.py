"""Writes of a sink among those of labelling jobs: a later one wins over an earlier one, whoever wrote it."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from elasticsearch import Elasticsearch

from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.labelling.ray_elasticsearch import ElasticsearchSink
from emotion.labelling.replay import replay
from emotion.stores.described import describe, read_described
from emotion.stores.opening import open_live, open_queries
from tests.labelling.made import EMOTIONS, PROFILE, tweet, write_bundle, write_lines
from tests.live.made_index import ids
from tests.made_store import made_batch

pytestmark = pytest.mark.live
ID = str(tweet(0)["id_str"])


def write(target: str, rows: pa.Table, whole: bool = True) -> ElasticsearchSink:
    """As Ray does it, with one task; half of a write is one that failed."""
    sink = ElasticsearchSink(target, EMOTIONS, PROFILE)
    sink.on_write_start()
    sink.write([rows], SimpleNamespace(task_idx=0))  # type: ignore[arg-type]  # all that it reads of a task
    if whole:
        sink.on_write_complete(None)  # type: ignore[arg-type]
    else:
        sink.on_write_failed(RuntimeError("a test says so"))
    return sink


def saying(rows: pa.Table, text: str) -> pa.Table:
    """The tweet with another text."""
    rows = rows.filter(pc.equal(rows["tweet_id"], ID))
    return rows.set_column(rows.schema.get_field_index("text"), "text", pa.array([text] * len(rows)))


def test_a_later_write_wins_whether_a_job_or_a_sink_makes_it(
    elasticsearch_url: str, client: Elasticsearch, alias: str, tmp_path: Path
) -> None:
    target, bundle = f"{elasticsearch_url}/{alias}", str(write_bundle(tmp_path / "bundle"))

    def labelled(name: str) -> str:
        write_lines(tmp_path / "archive" / name, [tweet(0, f"good day {name}"), tweet(len(name))])
        label(LabelOptions((str(tmp_path / "archive"),), target, model=bundle, ray="off"))
        return text()

    def text() -> str:
        client.indices.refresh(index=alias)
        return str(client.get(index=alias, id=ID)["_source"]["text"])

    for name in ("1.jsonl", "22.jsonl", "333.jsonl"):
        assert labelled(name) == f"good day {name}"
    with open_queries(target) as queries:
        rows = queries.documents().read_all()
    for said in ("first", "second"):
        assert write(target, saying(rows, said)).totals is not None
        assert text() == said
    write(target, saying(rows, "cut short"), whole=False)
    assert labelled("4444.jsonl") == "good day 4444.jsonl"
    assert write(target, saying(rows, "last")).totals is not None
    assert text() == "last"
    assert len(ids(client, alias)) == 5


def test_a_job_wins_over_the_sinks_before_it_in_a_store_that_they_made(
    elasticsearch_url: str, client: Elasticsearch, alias: str, tmp_path: Path
) -> None:
    bundle = str(write_bundle(tmp_path / "bundle"))
    archive = write_lines(tmp_path / "a.jsonl", [tweet(0)])
    label(LabelOptions((str(archive),), str(tmp_path / "directory"), model=bundle, ray="off"))
    with open_queries(str(tmp_path / "directory")) as queries:
        rows = queries.documents().read_all()
    target = f"{elasticsearch_url}/{alias}"
    for said in ("first", "second"):
        write(target, saying(rows, said))
    label(LabelOptions((str(archive),), target, model=bundle, ray="off"))
    client.indices.refresh(index=alias)
    assert client.get(index=alias, id=ID)["_source"]["text"] == tweet(0)["text"]


def test_a_store_that_a_sink_made_has_the_rules_of_the_job_that_goes_on_with_it(
    elasticsearch_url: str, client: Elasticsearch, alias: str, tmp_path: Path
) -> None:
    bundle = str(write_bundle(tmp_path / "bundle"))
    archive = write_lines(tmp_path / "a.jsonl", [tweet(0)])
    target = f"{elasticsearch_url}/{alias}"
    label(LabelOptions((str(archive),), str(tmp_path / "directory"), model=bundle, ray="off"))
    with open_queries(str(tmp_path / "directory")) as queries:
        rows = queries.documents().read_all()

    def rules() -> dict[str, Any]:
        found = client.indices.get_mapping(index=alias)
        return {name: each["mappings"]["_meta"]["emotion"].get("rules") for name, each in found.items()}

    write(target, rows)
    assert rules() == {f"{alias}-v000001": None}
    label(LabelOptions((str(archive),), target, model=bundle, ray="off"))
    write(target, rows)
    live = open_live(target, describe(EMOTIONS, PROFILE))
    live.write("crawler", 1, made_batch(rows))
    live.close()
    described = read_described(tmp_path / "directory")
    assert described is not None
    assert described.rules
    assert [*rules().values()] == [described.rules] * 2


def test_what_a_sink_that_died_left_is_not_counted_by_a_job_or_a_replay(
    elasticsearch_url: str, client: Elasticsearch, alias: str, tmp_path: Path
) -> None:
    bundle = str(write_bundle(tmp_path / "bundle"))
    archive = write_lines(tmp_path / "a.jsonl", [tweet(0), tweet(1)])
    target = f"{elasticsearch_url}/{alias}"
    asked = LabelOptions((str(archive),), target, model=bundle, ray="off")
    label(asked)
    with open_queries(target) as queries:
        rows = queries.documents().read_all()

    def dies() -> Iterator[pa.Table]:
        yield saying(rows, "half")
        yield saying(rows, "way")
        raise RuntimeError("a test says so")

    sink = ElasticsearchSink(target, EMOTIONS, PROFILE)
    sink.on_write_start()
    with pytest.raises(RuntimeError):
        sink.write(dies(), SimpleNamespace(task_idx=0))  # type: ignore[arg-type]
    sink.on_write_failed(RuntimeError("a test says so"))
    _, accounts = replay(target)
    assert (accounts.read, accounts.documents) == (2, 2)
    assert label(asked).accounts.read == 2
