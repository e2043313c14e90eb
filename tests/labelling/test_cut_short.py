"""What else writes to an index leaves the job alone that was cut short on it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from emotion.errors import JobError
from emotion.labelling import replay as replaying
from emotion.labelling.manifest import Listed, Manifest, Start
from emotion.labelling.ray_elasticsearch import ElasticsearchSink
from emotion.stores.elasticsearch.address import address
from emotion.stores.elasticsearch.store import ElasticsearchStore
from emotion.stores.ledger import Commit, Counts, done, part_key
from emotion.tweets.files import ArchiveFile
from emotion.tweets.splits import Split

LISTED = [(0, 0), (1, 0), (1, 1)]  # file and split


def commit(file: int, split: int) -> Commit:
    return Commit(part_key(file, split, 0), f"{file}.jsonl", file, split, 0, True, 5, 5, 0, 0)


class Index(ElasticsearchStore):
    """An index whose manifest lists three splits, of which these are committed; a job before it came to its end."""

    def __init__(self, commits: Sequence[Counts]) -> None:
        super().__init__(address("http://127.0.0.1:9200/tweets"))
        ledger = SimpleNamespace(
            committed=lambda: commits, finished=lambda: commits, progress=lambda: done(commits), pending_keys=list
        )
        companion = SimpleNamespace(session=SimpleNamespace(client=None), get=lambda _: None, put=lambda *_: None)
        vars(self).update(companion=companion, ledger=ledger)

    def recover(self) -> None: ...
    def sweep(self) -> None: ...
    def open(self, *_: Any, **__: Any) -> None: ...
    def explained(self) -> Any:
        return nullcontext()

    def exists(self) -> bool:
        return True

    @contextmanager
    def hold(self, least: int = 1) -> Iterator[Any]:
        yield SimpleNamespace(check=lambda: None)

    def manifest(self) -> bytes:
        files = [ArchiveFile(f"/{file}.jsonl", f"{file}.jsonl", 9, 9, "") for file in (0, 1)]
        listed = [Listed(file, 0, [Split(n, s) for f, s in LISTED if f == n]) for n, file in enumerate(files)]
        return Manifest("m", {}, 1, 1, [], starts=[Start("j", 0)], files=listed).encode()

    def replay(self) -> Any:
        raise LookupError("it went on")


def written_by_a_sink(store: Index, _: pytest.MonkeyPatch) -> None:
    sink = ElasticsearchSink("http://127.0.0.1:9200/tweets", ["joy"])
    sink._store = store
    sink.on_write_start()
    raise LookupError("it went on")


def replayed(store: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "open_store", lambda _: store)
    monkeypatch.setattr(replaying, "read_run", lambda *_: {"documents": 5})
    replaying.replay(store.name)


@pytest.mark.parametrize("write", [written_by_a_sink, replayed])
def test_an_index_whose_job_was_cut_short_is_finished_by_that_job_alone(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(JobError, match=r"The job on http://127\.0\.0\.1:9200/tweets was cut short: say the same"):
        write(Index([commit(0, 0), commit(1, 0)]), monkeypatch)
    with pytest.raises(LookupError, match="it went on"):
        write(Index([commit(*each) for each in LISTED]), monkeypatch)
