"""Documents a second into Elasticsearch, by four ways on one server, with the CPU-seconds of client and server.

    python -m benchmarks.elasticsearch                            # 100,000 tweets into a node that it starts
    python -m benchmarks.elasticsearch --url http://localhost:9200 --tweets 1000000

(a) `parallel_bulk` of the client library, four threads, ready documents: the most that one can hope for
(b) this store from Ray: `ElasticsearchSink` on the same documents in Parquet, with ledger and accounts
(c) `ray-elasticsearch` from PyPI on the same Parquet, if it can be imported (pip install --no-deps ray-elasticsearch)
(d) one bulk request a tweet, in turn, of some of them
(e) `emotion label` on Ray with the shipped model, from the archive to the index: what the model costs beside it

All write to an index of the same mapping, without replicas and without refresh, refreshed at the end; each is checked
by its count. Ray is started before. The server is warmed up by a first (a) that does not count.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pyarrow.dataset as ds
from elasticsearch import Elasticsearch, helpers

from benchmarks.label import write_archive

ALIAS = "bench"
SINGLE = 2_000  # tweets of (d)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--tweets", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server(asked.url, Path(folder)) as (url, process):
        measure(asked, url, process, Path(folder))


@contextmanager
def server(url: str | None, folder: Path) -> Iterator[tuple[str, psutil.Process | None]]:
    """The server asked for, or a node of our own with its process."""
    if url:
        yield url, None
        return
    from tests.live.nodes import Node

    with Node(folder / "node", heap="1g") as node:
        (process,) = (child for child in psutil.Process().children() if str(node.port) in child.cmdline())
        yield node.url, process


def measure(asked: argparse.Namespace, url: str, process: psutil.Process | None, folder: Path) -> None:
    from emotion.labelling.job import label
    from emotion.labelling.options import LabelOptions

    archive, store = write_archive(folder / "archive", asked.tweets, 800, "plain"), folder / "store"
    label(LabelOptions(archives=(str(archive),), to=str(store), ray="off", workers=2))
    import ray

    ray.init(address="local", include_dashboard=False, log_to_driver=False)
    with Elasticsearch(url, http_compress=True, request_timeout=120) as client:
        ways: list[tuple[str, Callable[[], int]]] = [
            ("(a) parallel_bulk", lambda: parallel_bulk(client, store)),
            ("(b) this store from Ray", lambda: this_store(client, url, store)),
            ("(c) ray-elasticsearch", lambda: other_sink(client, url, store)),
            ("(d) one bulk a tweet", lambda: one_by_one(client, store)),
            ("(e) emotion label on Ray", lambda: labelled(client, url, archive)),
        ]
        parallel_bulk(client, store)
        for pair in range(asked.pairs):
            for name, way in ways[: 5 if pair == 0 else 2]:
                told(name, way, process)
    ray.shutdown()


def told(name: str, way: Callable[[], int], process: psutil.Process | None) -> None:
    """Run one way and print what it took."""
    before, began = cpu(process), time.perf_counter()
    try:
        count = way()
    except ImportError as missing:
        print(f"{name:<26} left out: {missing}")
        return
    seconds, after = time.perf_counter() - began, cpu(process)
    client, served = after[0] - before[0], after[1] - before[1]
    print(
        f"{name:<26} {count:>9,} documents  {count / seconds:>8,.0f} a second"
        f"  client {client / count * 1e5:6.1f}, server {served / count * 1e5:6.1f} CPU-s per 100,000",
        flush=True,
    )


def cpu(process: psutil.Process | None) -> tuple[float, float]:
    """CPU-seconds of this process with what it started, and of the server."""
    clients = served = 0.0
    for each in (psutil.Process(), *psutil.Process().children(recursive=True)):
        with suppress(psutil.Error):
            times = each.cpu_times()
            if process is not None and each.pid == process.pid:
                served += times.user + times.system
            else:
                clients += times.user + times.system
    return clients, served


def made_index(client: Elasticsearch, store: Path) -> str:
    """An empty index with the mapping of the store and its settings for filling."""
    from emotion.stores.elasticsearch.mapping import mapping, settings
    from emotion.stores.records import read_described

    forget(client)
    described = read_described(store)
    assert described is not None
    filling = {"refresh_interval": "-1", "number_of_replicas": 0}
    client.indices.create(index=f"{ALIAS}-raw", mappings=mapping(described), settings={"index": settings() | filling})
    return f"{ALIAS}-raw"


def documents(store: Path) -> list[dict[str, Any]]:
    """Ready actions of the client library."""
    import orjson

    from emotion.stores.elasticsearch.sources import lines

    table = ds.dataset(sorted(map(str, store.rglob("month=*/*.parquet")))).to_table()
    return [{"_id": id, "_source": orjson.loads(body)} for id, body in lines(table)]


def parallel_bulk(client: Elasticsearch, store: Path) -> int:
    index, actions = made_index(client, store), documents(store)
    began = time.perf_counter()
    for _ in helpers.parallel_bulk(client, actions, thread_count=4, index=index, request_timeout=120):
        pass
    print(f"    the requests of (a) alone: {len(actions) / (time.perf_counter() - began):,.0f} documents a second")
    return counted(client, index)


def this_store(client: Elasticsearch, url: str, store: Path) -> int:
    import ray

    from emotion.labelling.sink import ElasticsearchSink
    from emotion.stores.records import read_described

    forget(client)
    described = read_described(store)
    assert described is not None
    sink = ElasticsearchSink(f"{url}/{ALIAS}", described.labels, described.profile_labels)
    ray.data.read_parquet(sorted(map(str, store.rglob("month=*/*.parquet")))).write_datasink(sink)
    return counted(client, ALIAS)


def other_sink(client: Elasticsearch, url: str, store: Path) -> int:
    import ray
    from ray_elasticsearch import ElasticsearchDatasink  # type: ignore[import-not-found]  # not of this project

    index = made_index(client, store)
    client.indices.put_mapping(index=index, dynamic="false")
    data = ray.data.read_parquet(sorted(map(str, store.rglob("month=*/*.parquet"))))
    named = data.map_batches(lambda rows: rows.append_column("_id", rows["tweet_id"]), batch_format="pyarrow")
    named.write_datasink(ElasticsearchDatasink(index=index, op_type="index", hosts=url))
    return counted(client, index)


def one_by_one(client: Elasticsearch, store: Path) -> int:
    index = made_index(client, store)
    for action in documents(store)[:SINGLE]:
        helpers.bulk(client, [action], index=index)
    return counted(client, index)


def labelled(client: Elasticsearch, url: str, archive: Path) -> int:
    from emotion.labelling.job import label
    from emotion.labelling.options import LabelOptions

    forget(client)
    label(LabelOptions(archives=(str(archive),), to=f"{url}/{ALIAS}", ray="local"))
    return counted(client, ALIAS)


def counted(client: Elasticsearch, index: str) -> int:
    """Documents, after a refresh."""
    client.indices.refresh(index=index)
    return int(client.count(index=index)["count"])


def forget(client: Elasticsearch) -> None:
    """Remove what an earlier way left."""
    for index in client.indices.get(index=f"{ALIAS}*"):
        client.indices.delete(index=index)


if __name__ == "__main__":
    main()
