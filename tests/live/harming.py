"""A crawler whose frames go through two replicas of the API into an index, and what befalls them on the way there."""

import json
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from emotion.client import Client
from emotion.errors import ApiError
from tests.labelling.made import write_bundle
from tests.live.chain import SECONDS, counted, free_port, outcome, started
from tests.live.nodes import Node
from tests.live.proxy import Answer, Asked, Cut, Fault, Forward, Proxy, between, held
from tests.serving.cluster import server as served
from tests.serving.cluster.server import Server, until

FRAME = 100  # records
ALIAS = "tweets"
SETTLE = f"/{ALIAS}-job-live/_bulk"  # of these, the one that says that a frame is done
_OF_FRAMES = {SETTLE: b'"live/'}
_PROBES = 2


class Crawl:
    """A crawl that is fed bit by bit, so that each harm meets it while both replicas are at work."""

    def __init__(self, proxy: Proxy, server: Server, crawler: "subprocess.Popen[str]", port: int, folder: Path) -> None:
        self.proxy, self.server = proxy, server
        self._crawler, self._port, self._buffer = crawler, port, folder / "buffer" / "stdin"
        self.model = str(folder / "model")
        self.killed: list[int] = []  # replicas, by harm
        self.fed: list[str] = []  # lines
        self._settled = proxy.watch(SETTLE)

    @property
    def store(self) -> str:
        """The store, as it is without a proxy before it."""
        return f"{self.proxy.server}/{ALIAS}"

    @property
    def name(self) -> str:
        """The name under which the crawler's frames are known."""
        return str(json.loads((self._buffer / "buffer.json").read_text())["name"])

    def sent(self) -> int:
        """Records that were acknowledged."""
        return counted(self._port, "sent")

    def feed(self, lines: list[str]) -> None:
        """Let so many records come."""
        assert self._crawler.stdin is not None
        self._crawler.stdin.write("".join(f"{line}\n" for line in lines))
        self._crawler.stdin.flush()
        self.fed += lines

    def meet(self, fault: Fault, path: str, lines: list[str], after: int = 2) -> None:
        """Both replicas are there, records come, and one request with the path meets the fault; returns when it has.

        Of bulk requests it is one that brings documents, and not one that deletes some.
        """
        until(self._are_both_back, SECONDS)
        met = self.proxy.met
        self.proxy.add(fault, path, after=after, body=_OF_FRAMES.get(path, b'{"index":'))
        self.feed(lines)
        until(lambda: self.proxy.met > met, SECONDS)

    def meet_death(self, path: str, lines: list[str], of_both: bool = False, late: "Late | None" = None) -> None:
        """The server takes a request, and its sender is killed before it learns of it, or both replicas are.

        A `late` request comes to the server when its sender is dead already.
        """
        deaths = len(self.killed)

        def kill(asked: Asked, forward: Forward) -> Answer:
            victims = self.server.replicas() if of_both else [self._sender(asked)]
            if late is None:
                forward(asked)
            for victim in victims:
                victim.kill()
            self.killed.append(len(victims))
            if late is not None:
                late(asked, forward)
            raise Cut

        self.meet(kill, path, lines)
        until(lambda: len(self.killed) > deaths, SECONDS)

    def send_again(self, number: int, times: int) -> list[Any]:
        """What is answered when a frame is sent so many times more, some of them at once."""
        with Client(self.server.url) as client, ThreadPoolExecutor(4) as pool:
            key = self.name, self.sequence(number)
            return list(pool.map(lambda _: client.store_lines(self.frame(number), *key), range(times)))

    @contextmanager
    def sent_all_along(self, number: int) -> Iterator[list[Any]]:
        """Others send a frame again and again while the block runs; what they are answered where they are answered."""
        answers, ended, lines = list[Any](), threading.Event(), self.frame(number)

        def send() -> None:
            with Client(self.server.url, tries=1) as client:
                while not ended.is_set():
                    try:
                        answers.append(client.store_lines(lines, self.name, self.sequence(number)))
                        ended.wait(0.3)
                    except ApiError as error:
                        if error.status != 503:  # which a replica that is held answers
                            raise

        with ThreadPoolExecutor(_PROBES) as pool:
            probes = [pool.submit(send) for _ in range(_PROBES)]
            try:
                yield answers
            finally:
                ended.set()
        for probe in probes:
            probe.result()

    def frame(self, number: int) -> list[bytes]:
        """The records of a frame."""
        return [line.encode() for line in self.fed[(number - 1) * FRAME : number * FRAME]]

    def number_of(self, ids: list[str]) -> int:
        """The frame that brought these tweets; some of them may have come before."""
        return max(next(k for k, line in enumerate(self.fed) if id in line) for id in ids) // FRAME + 1

    def times_settled(self, number: int) -> int:
        """How often a replica has said that the frame is done."""
        document = f'"live/{self.name}/{self.sequence(number)}"'.encode()
        return sum(document in body for body in self._settled)

    def sequence(self, number: int) -> int:
        """The number under which targets know a frame, the first of which has been settled."""
        known = rb'"live/%b/(\d+)"' % self.name.encode()
        return min(int(each) for body in self._settled for each in re.findall(known, body)) + number - 1

    def end(self) -> Any:
        """The counts of the crawl, once all is sent."""
        return outcome(self._crawler)

    def _are_both_back(self) -> bool:
        try:
            said = httpx.get(f"{self.server.url}/metrics", timeout=30).text
        except httpx.TransportError:
            return False
        return len(set(re.findall(r'emotion_batch_texts_count{replica="(\w+)"}', said))) == 2

    def _sender(self, asked: Asked) -> psutil.Process:
        """The replica from which a request came, by the ports of its connection."""
        ports = asked.port, self.proxy.listener.server_port
        return next(one for one in self.server.replicas() if ports in _connections(one))


def _connections(process: psutil.Process) -> set[tuple[int, int]]:
    """Ports here and there."""
    return {(each.laddr.port, each.raddr.port) for each in process.net_connections("tcp") if each.raddr}


class Late:
    """A bulk request that comes to the server when it may; `created` are the documents that were not there then."""

    def __init__(self) -> None:
        self.may_come = threading.Event()
        self.ids: list[str] = []
        self.created: list[str] = []
        self.has_come = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.may_come.set()  # so that nobody waits for it in vain

    def __call__(self, asked: Asked, forward: Forward) -> Answer:
        """As faults are called."""
        heads = asked.body.rstrip(b"\n").split(b"\n")[::2]
        self.ids = [json.loads(head)["index"]["_id"] for head in heads]
        answer = held(self.may_come)(asked, forward)
        results = [item["index"].get("result") for item in json.loads(answer.body)["items"]]
        self.created = [id for id, result in zip(self.ids, results, strict=True) if result == "created"]
        self.has_come.set()
        return answer


class Stop:
    """The server stands still for so many seconds; `lasted` is how long a request waited for it."""

    def __init__(self, node: Node, seconds: float) -> None:
        self._node, self._seconds = node, seconds
        self.lasted = 0.0

    def __call__(self, asked: Asked, forward: Forward) -> Answer:
        """As faults are called."""
        began = time.monotonic()
        self._node.signal(signal.SIGSTOP)
        threading.Timer(self._seconds, self._node.signal, [signal.SIGCONT]).start()
        answer = forward(asked)
        self.lasted = time.monotonic() - began
        return answer


@contextmanager
def crawling(folder: Path, node: Node, seconds: float) -> Iterator[Crawl]:
    """A crawl of what is fed, by an API that gives the store so many seconds."""
    buffer, port = folder / "buffer", free_port()
    with ExitStack() as stack:
        proxy = stack.enter_context(between(node.url))
        options = {"model": str(write_bundle(folder / "model")), "replicas": 2, "limits": {"seconds": seconds}}
        options |= {"store": f"{proxy.url}/{ALIAS}", "write": True}
        server = stack.enter_context(served.started(options, {"EMOTION_ES_PATIENCE": "60"}))
        command = ["crawl", "-", "--to", server.url, "--buffer", str(buffer), "--metrics", str(port), "--json"]
        command += ["--batch", str(FRAME), "--batch-seconds", "600"]  # so that it is no matter of time what is in one
        crawler = stack.enter_context(started(command, stdin=subprocess.PIPE))
        yield Crawl(proxy, server, crawler, port, folder)
