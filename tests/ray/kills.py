"""Kill -9 of drivers and workers between the first and the last commit, and what must be there afterwards.

A kill of the driver is followed by another driver, started in another working directory. What it leaves must equal the
store of an undisturbed run, document by document, whatever store and layout it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Protocol

from elasticsearch import Elasticsearch

from emotion.labelling.job import label
from emotion.labelling.options import LabelOptions
from emotion.stores.opening import open_queries
from tests.labelling.made import (
    OF_A_RUN,
    assert_equal_rows,
    assert_equal_stores,
    delete,
    leftovers,
    rows,
    tweet,
    write_bundle,
    write_lines,
)
from tests.ray.drivers import (
    FUSED,
    STAGED,
    Driver,
    Drivers,
    finish,
    wait_until,
    wait_until_cluster_is_gone,
    working,
)

FILES = 40
ONE_READER = {"cpus": 1, "gpus": 1}


@dataclass(frozen=True)
class Kind:
    """Who is killed, in this order, while what layout fills a directory or an index."""

    layout: dict[str, int]
    victims: Sequence[str]
    index: bool = False

    def __str__(self) -> str:
        layout = "staged" if self.layout["gpus"] else "fused"
        return f"{' and '.join(self.victims)}, {layout}, {'index' if self.index else 'directory'}"


KINDS = (
    Kind(FUSED, ["driver"]),
    Kind(STAGED, ["driver"]),
    Kind(FUSED, ["Fused"]),
    Kind(STAGED, ["Staged"]),
    Kind(ONE_READER, ["Reader"]),
    Kind(FUSED, ["Fused", "driver"], index=True),
    Kind(STAGED, ["Staged", "driver"], index=True),
)


def moments(kind: Kind, number: int, files: int = FILES) -> list[int]:
    """Commits to wait for before each kill: of the first kill of a kind as early as can be, of later ones by chance."""
    if number < len(KINDS):
        return [1, 3][: len(kind.victims)]
    return sorted(Random(number).sample(range(1, files), len(kind.victims)))


class Target(Protocol):
    """A store, as it is seen from outside."""

    def commits(self) -> int:
        """Parts that are committed."""

    def unfinished(self) -> bool:
        """Whether the job is between its first commit and its finish."""

    def assert_equals(self, undisturbed: Path) -> None:
        """It holds what the undisturbed directory does."""


def kill_and_go_on(kind: Kind, at: Sequence[int], start: Drivers, target: Target, elsewhere: Path) -> None:
    """Label, kill each victim after so many commits, and let the job come to its end."""
    driver = start(kind.layout)
    for victim, wanted in zip(kind.victims, at, strict=True):
        wait_until(partial(_reached, target, wanted), driver)
        (driver if victim == "driver" else working(driver, victim)).kill()
        assert target.unfinished(), "the kill came too late to count"
        if victim == "driver":
            driver = _another(kind, driver, start, elsewhere)
    finish(driver)
    wait_until_cluster_is_gone(driver)


def _reached(target: Target, commits: int) -> bool:
    return target.commits() >= commits


def _another(kind: Kind, killed: Driver, start: Drivers, elsewhere: Path) -> Driver:
    wait_until_cluster_is_gone(killed)
    elsewhere.mkdir(exist_ok=True)
    return start(kind.layout, cwd=elsewhere)


class Directory:
    """A directory as the target."""

    def __init__(self, store: Path) -> None:
        self._store = store

    def commits(self) -> int:
        """Parts that are committed and not yet finished."""
        return len(list((self._store / "_job" / "commits").glob("[0-9]*.json")))

    def unfinished(self) -> bool:
        """Whether the job is between its first commit and its finish."""
        begun = (self._store / "_job" / "finish").exists() or (self._store / "run.json").exists()
        return self.commits() > 0 and not begun

    def assert_equals(self, undisturbed: Path) -> None:
        """It holds the same, and nothing of the work is left."""
        assert_equal_stores(self._store, undisturbed)
        assert leftovers(self._store) == []


class Index:
    """An index as the target."""

    def __init__(self, client: Elasticsearch, url: str, alias: str) -> None:
        self.name = f"{url}/{alias}"
        self._client = client
        self._alias = alias

    def commits(self) -> int:
        """Parts that are committed."""
        job = f"{self._alias}-job"
        if not self._client.indices.exists_alias(name=job):
            return 0
        self._client.indices.refresh(index=job)
        return int(self._client.count(index=job, query={"term": {"kind": "commit"}})["count"])

    def unfinished(self) -> bool:
        """Whether the job is between its first commit and its finish."""
        return self.commits() > 0 and not self._client.indices.exists_alias(name=self._alias)

    def assert_equals(self, undisturbed: Path) -> None:
        """It holds the same documents, dead letters and accounts."""
        with open_queries(self.name) as queries, open_queries(str(undisturbed)) as wanted:
            found = [row for batch in queries.documents() for row in batch.to_pylist()]
            assert _accounts(queries.run) == _accounts(wanted.run)
        kept = [{name: value for name, value in row.items() if name not in OF_A_RUN} for row in found]
        assert_equal_rows(sorted(kept, key=lambda row: str(row["tweet_id"])), rows(undisturbed))
        letters = self._client.count(index=f"{self._alias}-job", query={"term": {"kind": "letter"}})["count"]
        assert letters == len((undisturbed / "dead_letters.jsonl").read_text().splitlines())


def _accounts(run: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (run or {}).items() if name != "seconds"}


@dataclass(frozen=True)
class Scene:
    """An archive, a model, and the store of a run that nobody disturbed."""

    archive: Path
    bundle: Path
    undisturbed: Path


def write_archive(folder: Path, files: int = FILES) -> Path:
    """Many small files, so that there are many commits to be killed between, with duplicates and broken lines."""
    for k in range(files):
        records = [tweet(n) for n in range(k * 200 - 3, k * 200 + 200)] + [delete(k * 200 + 5)]
        write_lines(folder / f"{k:02d}.jsonl", [*records, '{"broken": '])
    return folder


def make_scene(folder: Path, files: int = FILES) -> Scene:
    """All of it, in a folder."""
    scene = Scene(write_archive(folder / "archive", files), write_bundle(folder / "bundle"), folder / "undisturbed")
    label(LabelOptions(archives=(str(scene.archive),), to=str(scene.undisturbed), model=str(scene.bundle), ray="off"))
    return scene
