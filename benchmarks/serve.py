"""How fast the API is: single tweets and bodies, beside the same application without Ray and the model alone.

    python -m benchmarks.serve                        # about four minutes
    python -m benchmarks.serve --seconds 1.5 --rounds 1
    python -m benchmarks.serve --overload 60          # ten times what it can do, for a minute

Both servers run all the time and are measured in turn: the application under uvicorn without Ray, and Ray Serve with
HAProxy and the throughput option. The load comes from a process of its own, so that CPU seconds of server and client
can be told apart. Where they share few cores, only the ratios within one run mean something; run it with nothing else
at work.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import orjson
import psutil

from emotion.tweets.sample.lines import lines

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Case:
    """One kind of request: how many texts it holds, from how many clients at once, in which form."""

    texts: int
    clients: int
    form: str = "json"

    def __str__(self) -> str:
        what = "singles" if self.texts == 1 else f"{self.form} of {self.texts:,}"
        return f"{what}, {self.clients} at once"


@dataclass(frozen=True)
class Server:
    """A server that runs: its address and the process that began it."""

    url: str
    process: psutil.Process

    def cpu(self) -> float:
        """CPU seconds so far, of all its processes."""
        spent = 0.0
        for one in [self.process, *self.process.children(recursive=True)]:
            try:
                times = one.cpu_times()
            except psutil.NoSuchProcess:
                continue
            spent += times.user + times.system
        return spent


CASES = (Case(1, 1), Case(1, 8), Case(1, 48), Case(100, 8), Case(1000, 4), Case(1000, 4, "ndjson"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--overload", type=float, help="seconds of overload instead")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "texts.json"
        made = (line for block in lines(5000) for line in block.splitlines())
        texts.write_bytes(orjson.dumps([orjson.loads(line)["text"] for line in made]))
        with served("local") as on_ray:
            if asked.overload:
                overload(on_ray, texts, asked.overload)
                return
            with served("off") as alone:
                compare(alone, on_ray, texts, asked.seconds, asked.rounds)
        print(f"the predictor alone, one thread: {predictor_alone(texts, asked.seconds):,.0f} distinct texts/s")


def compare(alone: Server, on_ray: Server, texts: Path, seconds: float, rounds: int) -> None:
    """Every case on both servers, in turn."""
    for case in CASES:
        found: dict[str, list[dict[str, float]]] = {"uvicorn": [], "Ray": []}
        for _ in range(rounds):
            for name, server in (("uvicorn", alone), ("Ray", on_ray)):
                found[name].append(measure(server, case, texts, seconds))
        ratios = [ray["rate"] / plain["rate"] for plain, ray in zip(found["uvicorn"], found["Ray"], strict=True)]
        for name, measured in found.items():
            middle = {key: median(one[key] for one in measured) for key in measured[0]}
            print(
                f"{case!s:<24} {name:<8} {middle['rate']:>8,.0f} requests/s {middle['texts']:>9,.0f} texts/s  "
                f"p50 {middle['p50']:>7.1f} ms  p99 {middle['p99']:>7.1f} ms  CPU-ms a text: "
                f"server {middle['server']:.3f}, client {middle['client']:.3f}"
            )
        print(f"{'':<24} ratio {median(ratios):.2f} (each round: {', '.join(f'{ratio:.2f}' for ratio in ratios)})")


def measure(server: Server, case: Case, texts: Path, seconds: float) -> dict[str, float]:
    """Load for some seconds, after one request of each client to get warm."""
    before = server.cpu()
    command = [sys.executable, "-m", "benchmarks.serve_load", server.url, str(texts), str(case.texts)]
    command += [str(case.clients), case.form, str(seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    if set(answer["statuses"]) != {"200"}:
        raise SystemExit(f"{case}: not all answers are 200: {answer['statuses']}")
    rate, all_texts = answer["requests"] / answer["seconds"], answer["sent"] * case.texts
    return {
        "rate": rate,
        "texts": rate * case.texts,
        "p50": answer["p50"],
        "p99": answer["p99"],
        "server": (server.cpu() - before) * 1000 / all_texts,
        "client": answer["cpu"] * 1000 / all_texts,
    }


def overload(server: Server, texts: Path, seconds: float) -> None:
    """Bodies from far more clients than can be answered: only 2xx, 429 and 503, health, flat memory, then as before.

    Raises:
        SystemExit: it is otherwise.
    """
    usual = measure(server, Case(1, 8), texts, 3)["rate"]
    command = [sys.executable, "-m", "benchmarks.serve_load", server.url, str(texts), "1000", "200", "json"]
    before = resident(server)
    running = subprocess.Popen([*command, str(seconds)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    memory, health = [before], []
    while running.poll() is None:
        time.sleep(1)
        memory.append(resident(server))
        health.append(_is_healthy(server))
    assert running.stdout is not None
    answer = json.loads(running.stdout.read())
    again = measure(server, Case(1, 8), texts, 3)["rate"]
    half = len(memory) // 2
    first, second = max(memory[:half]), max(memory[half:])
    print(f"answers: {answer['statuses']}, {answer['requests'] / answer['seconds']:,.0f} requests/s")
    print(f"health: {sum(health)} of {len(health)} times")
    print(f"memory of the replicas, MiB: {before >> 20:,} before, {first >> 20:,} in the first half at most, ", end="")
    print(f"{second >> 20:,} in the second")
    print(f"single texts from 8 clients: {usual:,.0f}/s before, {again:,.0f}/s in the 3 s after the end")
    fine = set(answer["statuses"]) <= {"200", "429", "503"} and all(health)
    if not (fine and second < first + (64 << 20) and again > usual / 2):
        raise SystemExit("That is not what the API promises under overload.")


def resident(server: Server) -> int:
    """Memory of the replicas."""
    found = 0
    for one in server.process.children(recursive=True):
        try:
            found += one.memory_info().rss if "ServeReplica" in " ".join(one.cmdline()) else 0
        except psutil.NoSuchProcess:
            continue
    return found


def _is_healthy(server: Server) -> bool:
    import httpx

    try:
        return httpx.get(f"{server.url}/healthz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def served(ray: str, *options: str) -> Iterator[Server]:
    """`emotion serve` on a free port."""
    command = [sys.executable, "-m", "emotion", "serve", "--port", "0", "--ray", ray, *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        rest = threading.Thread(target=deque, args=(process.stderr, 0))  # read to its end: a full pipe would stop it
        try:
            for line in process.stderr:
                if found := re.search(r"The API is at (\S+),", line):
                    break
            else:
                raise SystemExit(f"emotion serve --ray {ray} did not start")
            rest.start()
            yield Server(found[1], psutil.Process(process.pid))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
            if rest.ident is not None:
                rest.join()


def predictor_alone(path: Path, seconds: float) -> float:
    """Texts a second of the predictor in this process, in batches of 1,000."""
    import torch

    from emotion.predictor import Predictor

    torch.set_num_threads(1)
    predictor, texts = Predictor.load(), json.loads(path.read_text())
    predictor(texts[:1000])
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        start = done % (len(texts) - 1000)
        predictor(texts[start : start + 1000])
        done += 1000
    return done / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
