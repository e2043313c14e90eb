"""How the cost of labelling grows: with the number of tweets, of splits, and of machines.

    python -m benchmarks.scale                                   # up to a million lines of 800 bytes
    python -m benchmarks.scale --most 10000000 --model TINY      # with a model that is hardly there, the rest shows
    python -m benchmarks.scale --bytes 4000 --what sizes
    python -m benchmarks.scale --what nodes --nodes 1,2,4        # Ray nodes of one CPU each, on this machine

`sizes` runs `emotion label --ray local --workers 2` on ever ten times as many tweets: seconds, CPU-seconds and peak
memory (PSS) of the whole process tree, and the line through them. `splits` cuts the same tweets into ever more files,
and tells what one more costs. `nodes` runs the job on a cluster of ever more nodes, which share this machine's cores.
Last, on paper: what a thousand million tweets would take elsewhere at the rate of `sizes`; prices are yours to give.
"""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.cost import Cost, cost
from benchmarks.label import command, shown, write_archive

WHAT = ("sizes", "splits", "nodes")
SPLITS = (10, 100, 1000)
ARCHIVE = 1_000_000_000  # tweets, on paper


class Line(NamedTuple):
    """seconds = start + each * tweets."""

    start: float
    each: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--what", nargs="+", choices=WHAT, default=WHAT)
    parser.add_argument("--least", type=int, default=10_000)
    parser.add_argument("--most", type=int, default=1_000_000, help="tweets; ten times as many from one to the next")
    parser.add_argument("--bytes", type=int, choices=(800, 4000), default=800)
    parser.add_argument("--compression", default="plain")
    parser.add_argument("--nodes", type=lambda text: [int(part) for part in text.split(",")], default=[1, 2])
    parser.add_argument("--model")
    parser.add_argument("--engine", default="exact")
    parser.add_argument("--core-hour", type=float, default=0.05, help="price of a core's hour, for paper")
    parser.add_argument("--gpu-hour", type=float, default=3.0, help="price of a GPU's hour, for paper")
    parser.add_argument("--gpu-rate", type=float, help="tweets a second that a GPU labels, measured on one")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if "sizes" in asked.what:
            paper(asked, sizes(asked, Path(folder)))
        if "splits" in asked.what:
            splits(asked, Path(folder))
        if "nodes" in asked.what:
            nodes(asked, Path(folder))


def sizes(asked: argparse.Namespace, folder: Path) -> Line:
    """CPU-seconds by tweets."""
    found: list[tuple[int, Cost]] = []
    tweets = asked.least
    while tweets <= asked.most:
        archive = write_archive(folder / f"sizes{tweets}", tweets, asked.bytes, asked.compression)
        spent = cost(command(asked, archive, folder, "ray"), memory=True)
        print(
            f"{tweets:12,} tweets  {shown(spent)}  {tweets / spent.wall:9,.0f} tweets/s  "
            f"peak {spent.peak_bytes / 2**20:7,.0f} MiB",
            flush=True,
        )
        found.append((tweets, spent))
        tweets *= 10
    by_wall, by_cpu = fitted([(n, spent.wall) for n, spent in found]), fitted([(n, spent.cpu) for n, spent in found])
    print(f"start {by_wall.start:.0f} s and {by_cpu.start:.0f} CPU-s; then {1 / by_wall.each:,.0f} tweets/s,")
    print(f"{1 / by_cpu.each:,.0f} a CPU-second")
    return by_cpu


def splits(asked: argparse.Namespace, folder: Path) -> None:
    """What one more split costs, of the same number of tweets."""
    before: Cost | None = None
    tweets = asked.least
    for number, count in enumerate(SPLITS):
        archive = write_archive(folder / f"splits{count}", tweets, asked.bytes, asked.compression, files=count)
        spent = cost(command(asked, archive, folder, "ray"))
        told = (
            "" if before is None else f"  {1000 * (spent.cpu - before.cpu) / (count - SPLITS[number - 1]):.1f} CPU-ms"
        )
        print(f"{count:12,} splits  {shown(spent)}{told}{' more a split' if told else ''}", flush=True)
        before = spent


def nodes(asked: argparse.Namespace, folder: Path) -> None:
    """The same job on clusters of ever more nodes."""
    archive = write_archive(folder / "nodes", asked.most, asked.bytes, asked.compression)
    first: float | None = None
    for count in asked.nodes:
        with cluster(count) as address:
            parts = command(asked, archive, folder, "ray")
            parts[parts.index("--ray") + 1], parts[parts.index("--workers") + 1] = address, str(count)
            began = time.perf_counter()
            subprocess.run(parts, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wall = time.perf_counter() - began
        rate = asked.most / wall
        first = first or rate / count
        share = rate / count / first
        print(
            f"{count:12,} nodes   {wall:6.1f} s  {rate:9,.0f} tweets/s  {share:.2f} of the first's each",
            flush=True,
        )


@contextmanager
def cluster(count: int) -> Iterator[str]:
    """So many Ray nodes of one CPU on this machine."""
    from emotion.cluster.local import bare_nodes
    from emotion.cluster.settings import prepare_local

    prepare_local()
    from ray.cluster_utils import Cluster

    with bare_nodes():
        made = Cluster(head_node_args={"num_cpus": 1, "include_dashboard": False}, initialize_head=True)
        for _ in range(count - 1):
            made.add_node(num_cpus=1)
    try:
        yield str(made.address)
    finally:
        made.shutdown()  # type: ignore[no-untyped-call]  # Ray's own


def fitted(points: Sequence[tuple[float, float]]) -> Line:
    """The line through points of ever larger size; each counts by its share, so that the largest does not decide."""
    x, y = (np.array(values, dtype=float) for values in zip(*points, strict=True))
    each, start = np.polyfit(x, y, 1, w=1 / y)
    return Line(float(start), float(each))


def paper(asked: argparse.Namespace, line: Line) -> None:
    """What a large archive would take, if nothing else were the limit."""
    print(f"On paper, {ARCHIVE:,} tweets:")
    hours = ARCHIVE * line.each / 3600
    for machines, cores in ((1, 16), (100, 16)):
        each = hours / machines / cores
        print(f"  {machines:4} x {cores} cores  {60 * each:7,.0f} min  {hours * asked.core_hour:7,.0f} of money")
    for gpus in (1, 8) if asked.gpu_rate else ():
        each = ARCHIVE / asked.gpu_rate / 3600
        print(f"  {gpus:4} GPUs       {60 * each / gpus:7,.0f} min  {each * asked.gpu_hour:7,.0f} of money")


if __name__ == "__main__":
    main()
