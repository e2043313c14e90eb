"""The load of benchmarks/serve.py: as little a client as can be, in a process of its own.

python -m benchmarks.serve_load URL TEXTS.json TEXTS-A-REQUEST CLIENTS FORM SECONDS
"""

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import quantiles

import orjson


class Client:
    """One connection that sends a request after the other, the first of them to get warm."""

    def __init__(self, host: str, port: int, requests: list[bytes], first: int) -> None:
        self._host, self._port, self._requests, self._at = host, port, requests, first
        self.seconds: list[float] = []
        self.statuses: Counter[int] = Counter()

    async def run(self, ready: asyncio.Barrier, seconds: float) -> None:
        """Send until the time is over, and at least once, however long an answer takes."""
        await self._connect()
        await self._ask()
        await ready.wait()
        end = time.perf_counter() + seconds
        while not self.seconds or time.perf_counter() < end:
            began = time.perf_counter()
            status = await self._ask()
            self.seconds.append(time.perf_counter() - began)
            self.statuses[status] += 1
            if status != 200:
                await asyncio.sleep(0.05)
        self._writer.close()

    async def _connect(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=1 << 24)

    async def _ask(self) -> int:
        self._writer.write(self._requests[self._at % len(self._requests)])
        self._at += 1
        status, keeps = await self._answer(self._reader)
        if not keeps:
            self._writer.close()
            await self._connect()
        return status

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bool]:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b"content-length: " in head:
            await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
        else:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        return int(head.split(b" ", 2)[1]), b"connection: close" not in head


async def run(host: str, port: int, requests: list[bytes], clients: int, seconds: float) -> dict[str, object]:
    """Send from all clients, and say how long answers took in milliseconds.

    `cpu` counts the first requests too, as the server's does: `sent` is all requests.
    """
    made = [Client(host, port, requests, n * 7) for n in range(clients)]
    began: list[float] = []
    spent = time.process_time()
    ready = asyncio.Barrier(clients + 1)

    async def start() -> None:
        await ready.wait()
        began.append(time.perf_counter())

    await asyncio.gather(start(), *(client.run(ready, seconds) for client in made))
    took = sorted(1000 * second for client in made for second in client.seconds)
    cuts = quantiles(took, n=100) if len(took) > 1 else took * 99
    return {
        "requests": len(took),
        "sent": len(took) + clients,
        "seconds": time.perf_counter() - began[0],
        "p50": cuts[49],
        "p99": cuts[98],
        "cpu": time.process_time() - spent,
        "statuses": sum((client.statuses for client in made), Counter[int]()),
    }


def requests_of(texts: list[str], size: int, form: str) -> list[bytes]:
    """Whole requests, of `size` texts each."""
    made = []
    for start in range(0, min(len(texts), size * 50) - size + 1, size):
        chosen = texts[start : start + size]
        if form == "ndjson":
            body, kind = b"\n".join(map(orjson.dumps, chosen)), "application/x-ndjson"
        else:
            body, kind = orjson.dumps({"text": chosen[0]} if size == 1 else {"texts": chosen}), "application/json"
        head = f"Host: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        made.append(b"POST /v1/emotions HTTP/1.1\r\n" + head.encode() + body)
    return made


def main() -> None:
    url, path, size, clients, form, seconds = sys.argv[1:]
    host, _, port = url.removeprefix("http://").partition(":")
    requests = requests_of(json.loads(Path(path).read_text()), int(size), form)
    print(json.dumps(asyncio.run(run(host, int(port), requests, int(clients), float(seconds)))))


if __name__ == "__main__":
    main()
