"""Documents a second into Elasticsearch, by several ways on one server, with the CPU-seconds of client and server.

    python -m benchmarks.elasticsearch                            # 60,000 tweets into a node that it starts
    python -m benchmarks.elasticsearch --tweets 10000 --pairs 1   # a look, in a minute
    python -m benchmarks.elasticsearch --url http://localhost:9200 --tweets 1000000 --ways abcde

(a) `parallel_bulk` of the client library, four threads, documents ready in memory: the most that one can hope for
(b) this store from Ray: `ElasticsearchSink` on the same documents in Parquet, with ledger and accounts
(c) `ray-elasticsearch` from PyPI on the same Parquet: pip install --no-deps --target FOLDER ray-elasticsearch, and
    --other FOLDER, as it wants other versions of Ray Data and Arrow beside it than those that are pinned here
(d) one bulk request a tweet, in turn, of a thousand of them
(e) `emotion label` on Ray with the shipped model, from the archive to the index: what the model costs beside it

All write to an index of the same mapping, without replicas and without refresh, refreshed at the end; each is checked
by its count. (b) is set beside (a) in each pair, after a first (a) that warms up the server and does not count. Ray is
started before, and the CPU-seconds of its daemons are the client's.
"""

import argparse
import gzip
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import psutil
import pyarrow.dataset as ds
from elasticsearch import Elasticsearch, helpers
from isal import igzip

from benchmarks.cost import Watch
from benchmarks.label import write_archive
from emotion.stores.elasticsearch.sources import lines

ALIAS = "bench"
SINGLE = 1_000  # tweets of (d)
Documents = list[dict[str, Any]]


class Spent(NamedTuple):
    """What a way came to: documents, wall seconds, CPU-seconds of client and server."""

    documents: int
    seconds: float
    client: float
    server: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--tweets", type=int, default=60_000)
    parser.add_argument("--pairs", type=int, default=3, help="of (a) and (b)")
    parser.add_argument("--ways", default="abcd")
    parser.add_argument("--other", metavar="FOLDER", help="where ray-elasticsearch lies")
    asked = parser.parse_args()
    if asked.other:
        sys.path.append(asked.other)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), asked.other]))
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
    archive, store = write_archive(folder / "archive", asked.tweets, 800, "plain"), folder / "store"
    print(f"labelling {asked.tweets:,} tweets, so that there are documents", flush=True)
    labelled(str(archive), str(store), "off")
    bodies(store)
    start_ray()
    ready = documents(store)
    with Elasticsearch(url, request_timeout=120) as client:
        ways: dict[str, tuple[str, Callable[[], int]]] = {
            "a": ("parallel_bulk", lambda: parallel_bulk(client, store, ready)),
            "b": ("this store from Ray", lambda: this_store(client, url, store)),
            "c": ("ray-elasticsearch", lambda: other_sink(client, url, store)),
            "d": ("one bulk a tweet", lambda: one_by_one(client, store, ready[:SINGLE])),
            "e": ("emotion label on Ray", lambda: whole(client, url, archive)),
        }
        parallel_bulk(client, store, ready)
        spent: dict[str, list[Spent]] = {}
        for pair in range(asked.pairs):
            for name in [each for each in asked.ways if pair == 0 or each in "ab"]:
                title, way = ways[name]
                if (found := told(f"({name}) {title}", way, process)) is not None:
                    spent.setdefault(name, []).append(found)
        forget(client)
    compare(spent)
    stop_ray()


def bodies(store: Path) -> None:
    """How fast documents become the bodies of requests, beside the plain ways of Python and of the client library."""
    table = ds.dataset(files(store), format="parquet").head(10_000)
    text = b"\n".join(body for _, body in lines(table))
    seconds = {
        "JSON by columns": timed(lambda: list(lines(table))),
        "JSON by Python's objects": timed(lambda: [orjson.dumps(row) for row in table.to_pylist()]),
        "compressed by isal": timed(lambda: igzip.compress(text, 1)),
        "compressed by gzip, level 9": timed(lambda: gzip.compress(text, 9)),
    }
    for name, spent in seconds.items():
        print(f"{name:<28}{len(table) / spent:10,.0f} documents a CPU-second", flush=True)
    print(f"bytes, isal to gzip: {len(igzip.compress(text, 1)) / len(gzip.compress(text, 9)):.2f}", flush=True)


def timed(work: Callable[[], object]) -> float:
    """CPU-seconds."""
    began = time.process_time()
    work()
    return time.process_time() - began


def told(title: str, way: Callable[[], int], process: psutil.Process | None) -> Spent | None:
    """Run one way and print what it took."""
    watch, own, began = Watch(), time.process_time(), time.perf_counter()
    try:
        count = way()
    except ImportError as missing:
        print(f"{title:<26} left out: {missing}; see --help")
        return None
    finally:
        watch.stop()
    seconds = time.perf_counter() - began
    served = watch.cpu_of(process.pid) if process else 0.0
    spent = Spent(count, seconds, time.process_time() - own + watch.cpu - served, served)
    print(
        f"{title:<26} {count:>9,} documents {count / seconds:>7,.0f} a second"
        f"   CPU-s per 100,000: client {spent.client / count * 1e5:6.1f}, server {spent.server / count * 1e5:6.1f}",
        flush=True,
    )
    return spent


def compare(spent: dict[str, list[Spent]]) -> None:
    """(b) beside (a), pair by pair."""
    pairs = list(zip(spent.get("a", ()), spent.get("b", ()), strict=False))
    if pairs:
        speed = statistics.median(a.seconds / b.seconds for a, b in pairs)
        client = statistics.median(a.client / b.client for a, b in pairs)
        everything = statistics.median((a.client + a.server) / (b.client + b.server) for a, b in pairs)
        print(f"(b) beside (a), median of {len(pairs)}: {speed:.2f} of its documents a second; of each CPU-second it")
        print(f"makes {client:.2f} as much of the client's, and {everything:.2f} of client's and server's together")


def start_ray() -> None:
    """A cluster on this machine, with its workers started."""
    from emotion.cluster.settings import prepare_local

    prepare_local()
    import ray

    ray.init(address="local", include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    ray.data.range(1000).map_batches(lambda rows: rows).count()


def stop_ray() -> None:
    import ray

    ray.shutdown()


def made_index(client: Elasticsearch, store: Path, **more: str) -> str:
    """An empty index with the mapping of the store and its settings for filling."""
    from emotion.stores.described import read_described
    from emotion.stores.elasticsearch.mapping import mapping, settings

    forget(client)
    described = read_described(store)
    assert described is not None
    filling = {"refresh_interval": "-1", "number_of_replicas": 0}
    mappings = mapping(described) | more
    client.indices.create(index=f"{ALIAS}-raw", mappings=mappings, settings={"index": settings() | filling})
    return f"{ALIAS}-raw"


def files(store: Path) -> list[str]:
    return sorted(map(str, store.rglob("month=*/*.parquet")))


def documents(store: Path) -> Documents:
    """Ready actions of the client library."""
    return [{"_id": id, "_source": orjson.loads(body)} for id, body in lines(ds.dataset(files(store)).to_table())]


def parallel_bulk(client: Elasticsearch, store: Path, ready: Documents) -> int:
    index = made_index(client, store)
    for _ in helpers.parallel_bulk(client, ready, thread_count=4, index=index, request_timeout=120):
        pass
    return counted(client, index)


def this_store(client: Elasticsearch, url: str, store: Path) -> int:
    import ray

    from emotion.labelling.ray_elasticsearch import ElasticsearchSink
    from emotion.stores.described import read_described

    forget(client)
    described = read_described(store)
    assert described is not None
    sink = ElasticsearchSink(f"{url}/{ALIAS}", described.labels, described.profile_labels)
    ray.data.read_parquet(files(store), partitioning=None).write_datasink(sink)
    return counted(client, ALIAS)


def other_sink(client: Elasticsearch, url: str, store: Path) -> int:
    import ray
    from ray_elasticsearch import ElasticsearchDatasink  # type: ignore[import-not-found]  # not of this project

    index = made_index(client, store, dynamic="false")
    data = ray.data.read_parquet(files(store), partitioning=None)
    named = data.map_batches(lambda rows: rows.append_column("_id", rows["tweet_id"]), batch_format="pyarrow")
    named.write_datasink(ElasticsearchDatasink(index=index, op_type="index", hosts=url, request_timeout=120))
    return counted(client, index)


def one_by_one(client: Elasticsearch, store: Path, ready: Documents) -> int:
    index = made_index(client, store)
    for action in ready:
        helpers.bulk(client, [action], index=index)
    return counted(client, index)


def whole(client: Elasticsearch, url: str, archive: Path) -> int:
    forget(client)
    labelled(str(archive), f"{url}/{ALIAS}", "auto")
    return counted(client, ALIAS)


def labelled(archive: str, to: str, ray: str) -> None:
    from emotion.labelling.job import label
    from emotion.labelling.options import LabelOptions

    label(LabelOptions(archives=(archive,), to=to, ray=ray, workers=2))


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
