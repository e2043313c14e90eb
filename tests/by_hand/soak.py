"""Kills of the labelling job, one after the other, each of another kind and at another moment: `make soak`.

    python -m tests.by_hand.soak                        # 200 kills
    python -m tests.by_hand.soak --kills 20 --first 57  # go on with number 57, or try it again

Into directories and into Elasticsearch: ELASTICSEARCH_URL, else a node that is built and started here. The same number
is always the same kill. What a kill that failed has left stays in a folder.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from elasticsearch import Elasticsearch

from tests.live.nodes import Node, NoNode
from tests.ray.drivers import Drivers, wait_until_agents_are_gone
from tests.ray.kills import KINDS, Directory, Index, Kind, Scene, Target, kill_and_go_on, make_scene, moments


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="number of the first kill")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="emotion-soak-"))
    with servers(folder) as url:
        failed = soak(range(asked.first, asked.first + asked.kills), make_scene(folder / "scene"), folder, url)
    if not failed:
        shutil.rmtree(folder)
    sys.exit(bool(failed))


@contextmanager
def servers(folder: Path) -> Iterator[str | None]:
    """Address of a server, or None where none can be had, which is said."""
    if given := os.environ.get("ELASTICSEARCH_URL"):
        yield given.rstrip("/")
        return
    node = Node(folder / "node")
    try:
        node.start()
    except NoNode as why:
        print(f"No kills into an index: ELASTICSEARCH_URL is not set, and {why}", flush=True)
        yield None
        return
    try:
        yield node.url
    finally:
        node.stop()


def soak(numbers: range, scene: Scene, folder: Path, url: str | None) -> list[int]:
    """Try these kills; the numbers of those that failed."""
    came: Counter[str] = Counter()
    started: list[int] = []
    failed: list[int] = []
    began = time.monotonic()
    for number in numbers:
        kind = KINDS[number % len(KINDS)]
        since = time.monotonic()
        try:
            became = tried(number, kind, scene, folder / str(number), url, started)
        except KeyboardInterrupt:
            print(f"\nStopped. Go on with: make soak FIRST={number} KILLS={numbers.stop - number}", flush=True)
            break
        came[became] += 1
        if became == "FAILED":
            failed.append(number)
        print(f"{number:>5}  {kind!s:<40} {became:<8} {time.monotonic() - since:6.1f} s", flush=True)
    wait_until_agents_are_gone(started)
    counts = ", ".join(f"{count} {became}" for became, count in came.items()) or "none"
    print(f"Kills: {counts}, in {(time.monotonic() - began) / 60:.1f} min.")
    for number in failed:
        print(f"Again: make soak FIRST={number} KILLS=1   What it left: {folder / str(number)}")
    return failed


def tried(number: int, kind: Kind, scene: Scene, folder: Path, url: str | None, started: list[int]) -> str:
    """One kill: what became of it. Drivers join those that were `started`."""
    if kind.index and url is None:
        return "left out"
    folder.mkdir(parents=True)
    try:
        with target_of(kind, folder, url, number) as (target, to):
            with Drivers(scene.archive, scene.bundle, to, started) as start:
                kill_and_go_on(kind, moments(kind, number), start, target, folder / "elsewhere")
            target.assert_equals(scene.undisturbed)
    except Exception:
        traceback.print_exc()
        return "FAILED"
    shutil.rmtree(folder)
    return "equal"


@contextmanager
def target_of(kind: Kind, folder: Path, url: str | None, number: int) -> Iterator[tuple[Target, str]]:
    """A new store, and its name; an index goes when all was well."""
    if not kind.index or url is None:
        yield Directory(folder / "store"), str(folder / "store")
        return
    alias = f"soak-{os.getpid()}-{number}"
    with Elasticsearch(url, request_timeout=60) as client:
        index = Index(client, url, alias)
        yield index, index.name
        for name in client.indices.get(index=f"{alias}*"):
            client.indices.delete(index=name)
        client.options(ignore_status=404).indices.delete_index_template(name=f"{alias}*")


if __name__ == "__main__":
    main()
