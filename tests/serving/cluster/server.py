"""The API on Ray Serve as the tests see it: an address, its processes, and load."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil


@dataclass
class Server:
    """A server that runs in a process of its own."""

    process: "subprocess.Popen[str]"
    url: str

    def change(self, **options: Any) -> None:
        """Bring it to other options, as `serve deploy` does; returns when Serve says that it is done."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(options) + "\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline()
        assert said == "done\n", said

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def replicas(self) -> list[psutil.Process]:
        return [one for one in self.processes() if _is_replica(one)]

    def get(self, path: str) -> Any:
        return httpx.get(self.url + path, timeout=120).json()


@contextmanager
def started(options: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server with these options, `replicas` among them; nothing of it is left at the end."""
    command = [sys.executable, "-m", "tests.serving.cluster.driver", json.dumps(options)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | dict(environment or {})
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        assert address, "the server did not start"
        yield Server(process, address)
    finally:
        process.stdin.close()
        try:
            process.wait(120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _is_replica(process: psutil.Process) -> bool:
    try:
        return "ServeReplica" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # it has ended since it was listed
        return False


@dataclass
class Load:
    """What came of requests that several clients sent one after the other."""

    statuses: Counter[int | str] = field(default_factory=Counter)
    models: list[str] = field(default_factory=list)
    retry: set[str | None] = field(default_factory=set)


def until(condition: Callable[[], bool], seconds: float = 600) -> None:
    """Wait for what must come; a test that waits in vain fails."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


@contextmanager
def load(url: str, clients: int, body: Any) -> Iterator[Load]:
    """Clients that send `body` again and again while the block runs."""
    seen, stop, lock = Load(), threading.Event(), threading.Lock()

    def send() -> None:
        with httpx.Client(timeout=120) as client:
            while not stop.is_set():
                try:
                    answer = client.post(f"{url}/v1/emotions", json=body)
                except httpx.HTTPError as error:
                    with lock:
                        seen.statuses[type(error).__name__] += 1
                    continue
                with lock:
                    seen.statuses[answer.status_code] += 1
                    if answer.status_code == 200:
                        found = answer.json()
                        seen.models.append((found["predictions"][0] if "predictions" in found else found)["model"])
                    else:
                        seen.retry.add(answer.headers.get("retry-after"))

    threads = [threading.Thread(target=send) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()
