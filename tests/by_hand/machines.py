"""Several machines made of one: network namespaces, each with an address of its own, a Ray node, and a cable to cut.

They share files and cores, but reach each other only through a switch that is a namespace, too, so nothing of this
listens on the machine itself. Needs root, `ip`, `nsenter`, `unshare` and `hostname`
(Debian: iproute2, util-linux, hostname).
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from emotion.cluster.settings import LOCAL

BIN = Path(sys.executable).parent
NOT_THERE = ("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "RAY_BACKEND_LOG_LEVEL")  # they have addresses, and logs are wanted
NETWORK = "10.77.0"
PORT = 6379
# By itself Ray lets each agent choose, waits 15 s for it to say which, and ends where the machine is too busy.
AGENTS = [f"--{name}-port={port}" for port, name in enumerate(
    ("metrics-export", "runtime-env-agent", "dashboard-agent-grpc", "dashboard-agent-listen"), 7001)]  # fmt: skip
ASK = """
import sys
from ray._raylet import GcsClient
print(sum(node.state == 0 for node in GcsClient(address=sys.argv[1]).get_all_node_info().values()))
"""


def ip(*arguments: str) -> str:
    """What `ip` prints."""
    return subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True).stdout


def send(number: int, processes: Iterable[int]) -> None:
    """Send a signal to each that still runs."""
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


class Machine:
    """A namespace and what runs in it."""

    def __init__(self, switch: str, name: str, number: int) -> None:
        self.name = name
        self.address = f"{NETWORK}.{number}"
        self.inside = ("nsenter", f"--net=/run/netns/{name}")
        self._switch, self._port = switch, f"p{number}"
        ip("netns", "add", name)
        ip("link", "add", self._port, "netns", switch, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("-n", switch, "link", "set", self._port, "master", "switch", "up")
        ip("-n", name, "addr", "add", f"{self.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            ip("-n", name, "link", "set", device, "up")

    def run(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
        """Start a command there, with a host name of its own; unlike by `ip netns exec`, it sees later mounts."""
        named = ["unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"', self.name]
        with log.open("ab") as file:
            inside = [*self.inside, *named, *command]
            return subprocess.Popen(inside, env=environment, stdout=file, stderr=file, start_new_session=True)

    def processes(self) -> list[int]:
        """Whatever runs there."""
        return [int(pid) for pid in ip("netns", "pids", self.name).split()]

    def signal(self, number: int, spared: int | None = None) -> None:
        """Send a signal to whatever runs there, but not to one process."""
        send(number, (pid for pid in self.processes() if pid != spared))

    def kill(self, spared: int | None = None) -> None:
        """As if its power failed, but for one process."""
        while set(self.processes()) - {spared}:
            self.signal(signal.SIGKILL, spared)
            time.sleep(0.1)

    def wait_until_empty(self, seconds: float = 300) -> None:
        """Until what runs there has ended by itself."""
        end = time.monotonic() + seconds
        while self.processes():
            assert time.monotonic() < end, f"{self.name} still runs {self.processes()}"
            time.sleep(0.5)

    def cable(self, state: str) -> None:
        """Pull the network out ("down"), or put it back ("up")."""
        ip("-n", self._switch, "link", "set", self._port, state)


class Slow:
    """A machine that has a tenth of its time; what is done within runs at that speed."""

    def __init__(self, machine: Machine, share: float = 0.1, period: float = 0.5) -> None:
        self._machine, self._on, self._off = machine, share * period, (1 - share) * period
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._machine.signal(signal.SIGCONT)

    def _work(self) -> None:
        running = self._machine.processes()
        while not self._ended.is_set():
            send(signal.SIGSTOP, running)
            time.sleep(self._off)
            running = self._machine.processes()  # asked while they stand still: it takes a while
            send(signal.SIGCONT, running)
            time.sleep(self._on)


class Machines:
    """A head without work and machines of one CPU; whatever happens, nothing of them is left."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self._folder = folder
        self._switch = f"em{os.getpid()}"
        self._session = 0
        ip("netns", "add", self._switch)
        ip("-n", self._switch, "link", "add", "switch", "type", "bridge")
        ip("-n", self._switch, "link", "set", "switch", "up")
        self.head, *self.workers = (
            Machine(self._switch, f"{self._switch}-{number}", number) for number in range(1, workers + 2)
        )
        self.address = f"{self.head.address}:{PORT}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        own = {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1", "RAY_AUTH_MODE": "disabled"}
        self.environment = kept | own
        self._of_nodes = self.environment | {name: LOCAL[name] for name in LOCAL if name not in NOT_THERE}

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        for machine in (self.head, *self.workers):
            machine.kill()
            ip("netns", "del", machine.name)
        ip("netns", "del", self._switch)

    def start(self) -> None:
        """Start Ray on all of them, the head first."""
        self.start_head()
        for worker in self.workers:
            self.join(worker)
        self.wait_for_all()

    def start_head(self, spared: int | None = None) -> None:
        """Start Ray on the head, as if there had been none before; one process may have outlived it."""
        self._session += 1

        def begin() -> None:
            if not set(self.head.processes()) - {spared}:
                self._start(self.head, "--head", f"--port={PORT}", "--num-cpus=0", "--include-dashboard=false",
                            f"--temp-dir={self._folder / f'r{self._session}'}")  # fmt: skip

        begin()
        self._wait(1, begin)

    def join(self, worker: Machine) -> None:
        """Start Ray on a machine."""
        self._start(worker, f"--address={self.address}", "--num-cpus=1")

    def wait_for_all(self) -> None:
        """Until all have joined; one whose start fails, as a busy computer makes it, is started again."""

        def again() -> None:
            for worker in self.workers:
                if not worker.processes():
                    self.join(worker)

        self._wait(1 + len(self.workers), again)

    def _start(self, machine: Machine, *options: str) -> None:
        machine.run(
            [str(BIN / "ray"), "start", "--block", "--disable-usage-stats", f"--node-ip-address={machine.address}",
             "--object-store-memory=100000000", *AGENTS, *options],
            self._of_nodes, self._folder / f"{machine.name}.log",
        )  # fmt: skip

    def _wait(self, count: int, again: Callable[[], object], seconds: float = 400) -> None:
        """Until so many nodes are alive."""
        end = time.monotonic() + seconds
        while self.alive() < count:
            if time.monotonic() > end:
                raise AssertionError(f"not {count} nodes came up; see {self._folder}")
            again()
            time.sleep(1)

    def alive(self) -> int:
        """Nodes that the head knows to live."""
        done = subprocess.run(
            [*self.head.inside, sys.executable, "-c", ASK, self.address],
            env=self.environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return int(done.stdout) if done.returncode == 0 else 0
