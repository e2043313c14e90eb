"""Ray and a real Elasticsearch: the job survives the death of a worker and of its driver; the sink and the source."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.stores.opening import open_queries
from tests.labelling.made import OF_A_RUN, assert_equal_rows, delete, rows, tweet, write_bundle, write_lines
from tests.live.made_index import ids, letters, tweets
from tests.live.proxy import between, half
from tests.made_store import LABELS, PROFILE_LABELS, make_documents
from tests.ray.drivers import working

pytestmark = pytest.mark.live
FILES = 12


def test_after_the_death_of_a_worker_and_of_the_driver_the_index_equals_a_directory(
    elasticsearch_url: str, client: Elasticsearch, alias: str, tmp_path: Path
) -> None:
    bundle = write_bundle(tmp_path / "bundle")
    for k in range(FILES):
        lines: list[dict[str, Any] | str] = [
            *(tweet(n) for n in range(k * 200 - 3, k * 200 + 200)),
            delete(k * 200 + 5),
            '{"broken": ',
        ]
        write_lines(tmp_path / "archive" / f"{k:02d}.jsonl", lines)
    asked = {"archive": str(tmp_path / "archive"), "to": f"{elasticsearch_url}/{alias}", "model": str(bundle)}
    run = label(LabelOptions((asked["archive"],), str(tmp_path / "store"), asked["model"], ray="off"))
    first = driver(asked)
    wait_for_commits(client, alias, first, 1)
    working(first, "Fused").kill()
    wait_for_commits(client, alias, first, 3)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    second = driver(asked)
    _, errors = second.communicate(timeout=200)
    assert second.returncode == 0, errors
    with open_queries(asked["to"]) as queries:
        found = [row for batch in queries.documents() for row in batch.to_pylist()]
        assert queries.run is not None
        assert queries.run["documents"] == run.accounts.documents
    kept = [{name: value for name, value in row.items() if name not in OF_A_RUN} for row in found]
    assert_equal_rows(sorted(kept, key=lambda row: str(row["tweet_id"])), rows(tmp_path / "store"))
    assert len(letters(client, alias)) == run.accounts.dead_letters == FILES


def driver(asked: dict[str, Any]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.ray.driver", json.dumps({**asked, "cpus": 2, "gpus": 0})]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_for_commits(client: Elasticsearch, alias: str, job: "subprocess.Popen[str]", wanted: int) -> None:
    """Wait until so many parts are committed, or the job has ended."""
    end = time.monotonic() + 150
    while time.monotonic() < end and job.poll() is None:
        if client.indices.exists_alias(name=f"{alias}-job"):
            client.indices.refresh(index=f"{alias}-job")
            if client.count(index=f"{alias}-job", query={"term": {"kind": "commit"}})["count"] >= wanted:
                return
        time.sleep(0.02)
    assert job.poll() is None, job.communicate()[1]


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    from emotion.labelling.ray_settings import prepare_local

    prepare_local()
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=200 << 20)
    yield
    ray.shutdown()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Ray itself
@pytest.mark.usefixtures("cluster")
def test_any_dataset_of_documents_is_written_and_read_back(
    elasticsearch_url: str, client: Elasticsearch, alias: str
) -> None:
    import ray

    from emotion.labelling.sink import ElasticsearchSink, ElasticsearchSource

    with between(elasticsearch_url) as proxy:
        proxy.add(half(400, "document_parsing_exception"), "v000001/_bulk")
        sink = ElasticsearchSink(f"{proxy.url}/{alias}", LABELS, PROFILE_LABELS)
        table = make_documents(tweets(0, 400))
        parts = [table.slice(0, 100), table.slice(90, 150), table.slice(240)]
        ray.data.from_arrow(parts).write_datasink(sink)
    assert sink.totals is not None
    lost = len(letters(client, alias))
    assert lost > 0
    assert sink.totals.documents == len(ids(client, alias))
    again = ElasticsearchSink(f"{elasticsearch_url}/{alias}", LABELS, PROFILE_LABELS)
    ray.data.from_arrow(parts).write_datasink(again)
    assert ids(client, alias) == [str(10**18 + n) for n in range(400)]
    back = ray.data.read_datasource(ElasticsearchSource(f"{elasticsearch_url}/{alias}"), override_num_blocks=3)
    read = sorted(back.take_all(), key=lambda row: str(row["tweet_id"]))
    assert [row["text"] for row in read] == [f"good day {n}" for n in range(400)]
    some = {"term": {"tweet_id": str(10**18)}}
    assert ray.data.read_datasource(ElasticsearchSource(f"{elasticsearch_url}/{alias}", some)).count() == 1
