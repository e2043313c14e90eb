"""What `tests/by_hand/endurance.py` lets work: a file that grows, the crawler and the API; and what is seen of them."""

import itertools
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from benchmarks.serve import ROOT, Server, served
from emotion.serving.cluster.local import free_ports
from emotion.tweets.sample.lines import lines

TICK_SECONDS = 0.25
RENAME_SECONDS = 120.0
KEPT = 3  # files under former names
ROLES = {  # what stands in a process's command line
    "replica": "ServeReplica",
    "controller": "ServeController",
    "proxy": "haproxy",
    "proxy actor": "ProxyActor",
    "GCS": "gcs_server",
    "raylet": "raylet/raylet",
    "serve": "emotion serve",
    "crawler": "emotion crawl",
}


@dataclass(frozen=True)
class Look:
    """What one process, or all of a kind, used at a moment: seconds since the start, bytes, and counts."""

    seconds: float
    role: str
    resident: int
    handles: int
    threads: int


@dataclass(frozen=True)
class Moment:
    """How the whole of it went at a moment: tweets that wait on disk, milliseconds of an answer, files of the store."""

    seconds: float
    sent: int
    waiting: int
    answer_ms: float
    files: int


class Feed:
    """A file that grows, at a rate, and is renamed from time to time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.path = folder / "events.jsonl"
        self.written = 0
        self._made = itertools.chain.from_iterable(block.splitlines(keepends=True) for block in lines(1 << 40))
        self._names = itertools.count(1)
        self._file = self.path.open("ab", buffering=0)

    def append(self, count: int) -> None:
        """Write so many tweets more."""
        self._file.write(b"".join(itertools.islice(self._made, count)))
        self.written += count

    def rename(self) -> None:
        """Begin a new file; the oldest of those before goes."""
        self._file.close()
        number = next(self._names)
        self.path.rename(self.path.with_name(f"{self.path.name}.{number:04}"))
        self.path.with_name(f"{self.path.name}.{number - KEPT:04}").unlink(missing_ok=True)
        self._file = self.path.open("ab", buffering=0)

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def run(self, rate: float, seconds: float) -> None:
        """Write at this rate for so long."""
        began = time.monotonic()
        renamed, done = began, 0
        while (now := time.monotonic()) - began < seconds:
            due = int((now - began) * rate)
            self.append(due - done)
            done = due
            if now - renamed > RENAME_SECONDS:
                self.rename()
                renamed = now
            time.sleep(TICK_SECONDS)


class Chain:
    """The crawler and the API, as a user starts them."""

    def __init__(self, server: Server, crawler: "subprocess.Popen[bytes]", numbers: int, store: Path) -> None:
        self.server, self.crawler = server, crawler
        self._numbers, self._store = numbers, store
        self.put_off: Counter[str] = Counter()

    def number(self, name: str) -> int:
        """One of the crawler's own numbers."""
        said = httpx.get(f"http://127.0.0.1:{self._numbers}/metrics", timeout=30).text
        found = re.search(rf"^emotion_crawl_{name}{{.*}} (\S+)$", said, re.MULTILINE)
        return int(float(found[1])) if found else 0

    def wait_until_sent(self, count: int, seconds: float) -> float:
        """Seconds until the API has so many."""
        began = time.monotonic()
        while self.number("sent_total") < count:
            assert self.crawler.poll() is None, "the crawler ended"
            assert time.monotonic() - began < seconds, f"{self.number('sent_total')} of {count} after {seconds:.0f} s"
            time.sleep(0.1)
        return time.monotonic() - began

    def moment(self, seconds: float) -> Moment:
        """How it goes; a reader's question is one of the things measured."""
        began = time.perf_counter()
        answer = httpx.get(f"{self.server.url}/v1/summary", timeout=60)
        took = 1000 * (time.perf_counter() - began)
        if answer.status_code == 503:  # it may be asked again
            self.put_off[answer.json()["detail"]] += 1
        else:
            answer.raise_for_status()
        files = sum(1 for path in self._store.rglob("*") if path.is_file())
        return Moment(seconds, self.number("sent_total"), self.number("waiting"), took, files)

    def looks(self, seconds: float) -> list[Look]:
        """What each kind of process uses."""
        found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        below = psutil.Process().children(recursive=True)
        for process in below:
            with suppress(psutil.Error):
                role = role_of(process)
                if role:
                    used = (process.memory_info().rss, process.num_fds(), process.num_threads())
                    found[role] = [sum(pair) for pair in zip(found[role], used, strict=True)]
        return [Look(seconds, role, *used) for role, used in found.items()]


def role_of(process: psutil.Process) -> str | None:
    """The part that a process plays, or None where it is not looked at."""
    words = " ".join(process.cmdline()).replace("-m emotion", "emotion")
    return next((role for role, mark in ROLES.items() if mark in words), None)


@contextmanager
def chain(folder: Path, feed: Feed) -> Iterator[Chain]:
    """API and crawler, which end by Ctrl-C."""
    store = folder / "store"
    (numbers,) = free_ports("127.0.0.1", 1)
    with served("local", "--store", str(store), "--write") as server:
        command = [sys.executable, "-m", "emotion", "crawl", str(feed.path), "--follow", "--to", server.url]
        command += ["--buffer", str(folder / "buffer"), "--metrics", str(numbers)]
        with (folder / "crawler.log").open("wb") as log:
            crawler = subprocess.Popen(command, cwd=ROOT, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{numbers}/metrics")
            yield Chain(server, crawler, numbers, store)
        finally:
            crawler.kill()
            crawler.wait()


def wait_for(address: str) -> None:
    for _ in range(600):
        with suppress(httpx.TransportError):
            httpx.get(address)
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing answers at {address}")
