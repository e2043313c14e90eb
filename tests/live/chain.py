"""Crawler and API as processes of their own, which a test kills and starts again."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.labelling.made import delete, tweet, write_bundle, write_lines

ROOT = Path(__file__).resolve().parents[2]
BATCH = 20  # records a request
SECONDS = 240  # for what takes a second or two


class Chain:
    """An archive, the model, and two addresses: that of the API, which it keeps, and that of the crawler's numbers."""

    def __init__(self, folder: Path, store: str) -> None:
        self._folder, self._store = folder, store
        self._model = write_bundle(folder / "model")
        numbers = [*range(120), *range(90, 190)]  # thirty come twice
        records: list[dict[str, Any] | str] = [tweet(number) for number in numbers]
        self._archive = write_lines(folder / "tweets.jsonl", [*records[:150], delete(7), *records[150:], "{broken"])
        self.ids = sorted(tweet(number)["id_str"] for number in range(190) if number != 7)
        self.records = len(records) + 2
        self._port, self._numbers = free_port(), free_port()

    @contextmanager
    def api(self, crash: str | None = None) -> Iterator["subprocess.Popen[str]"]:
        """The API, once it answers; it may be told where to kill itself."""
        command = ["serve", "--ray", "off", "--model", str(self._model), "--port", str(self._port), "--write"]
        with started([*command, "--store", self._store], crash) as process:
            assert process.stderr is not None
            assert "The API is at" in (said := process.stderr.readline()), said
            yield process
            process.send_signal(signal.SIGINT)
            process.wait(SECONDS)

    @contextmanager
    def crawler(self, crash: str | None = None) -> Iterator["subprocess.Popen[str]"]:
        """The crawler, on its way."""
        command = ["crawl", str(self._archive), "--to", f"http://127.0.0.1:{self._port}", "--batch", str(BATCH)]
        command += ["--buffer", str(self._folder / "buffer"), "--metrics", str(self._numbers), "--json"]
        with started(command, crash) as process:
            yield process

    def received(self) -> int:
        """Records that the crawler has taken in; none while it does not answer."""
        return counted(self._numbers, "received")


def counted(port: int, name: str) -> int:
    """What a crawler has counted, by the port of its numbers; none while it does not answer."""
    try:
        said = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    except httpx.TransportError:
        return 0
    found = [line for line in said.splitlines() if line.startswith(f"emotion_crawl_{name}_total{{")]
    return int(float(found[0].split()[-1]))


def killed(process: "subprocess.Popen[str]") -> bool:
    """Whether it ends by the kill that it was told."""
    return process.wait(SECONDS) == -signal.SIGKILL


def outcome(process: "subprocess.Popen[str]") -> Any:
    """The counts of a crawl that comes to its end."""
    out, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, said
    return json.loads(out)


@contextmanager
def started(
    command: list[str], crash: str | None = None, stdin: int | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """A command of ours in a process of its own, which ends with the block."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "EMOTION_ES_PATIENCE": "1"}
    environment |= {} if crash is None else {"EMOTION_CRASH": crash}
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "emotion", *command],
                cwd=ROOT,
                env=environment,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        stack.callback(process.kill)
        yield process


def free_port() -> int:
    """A port that nothing listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
