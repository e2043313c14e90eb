"""How a crawl goes: one line for a person, numbers for Prometheus."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from emotion.crawling.buffer import Buffer
from emotion.crawling.intake import Intake
from emotion.crawling.sending import Sender
from emotion.errors import UsageError
from emotion.threads import beside

_SHOW_SECONDS, _LOG_SECONDS = 0.5, 60.0


class Status:
    """Reads what the parts of a crawl count; `price` is what a post costs, in US dollars."""

    def __init__(
        self, name: str, intake: Intake, buffer: Buffer, sender: Sender, price: float | None, most: int | None
    ) -> None:
        self._name = name
        self._intake, self._buffer, self._sender = intake, buffer, sender
        self._price, self._most = price, most
        self._began = time.monotonic()
        self._before = intake.taken.received

    @property
    def counts(self) -> dict[str, int]:
        """What came since the buffer was made, and what went in this run."""
        sent, taken = self._sender.sent, self._intake.taken
        return taken.to_dict() | {
            "dropped": self._buffer.dropped,
            "waiting": self._buffer.records,
            "sent": sent.records,
            "labelled": sent.labelled,
            "dead_letters": sent.dead_letters,
            "deleted": sent.deleted,
            "skipped": sent.skipped,
            "refused": sent.refused,
            "retries": sent.retries,
        }

    def line(self) -> str:
        """One line that says how it goes."""
        counts, sent = self.counts, self._sender.sent
        rate = (counts["received"] - self._before) / max(time.monotonic() - self._began, 1e-9)
        parts = [
            f"{self._name}: {counts['received']:,} received ({rate:,.1f}/s)",
            f"{counts['sent']:,} sent, {counts['waiting']:,} waiting ({self._buffer.size / 1e6:,.1f} MB)",
        ]
        parts += [f"{counts[name]:,} {name}" for name in ("duplicates", "dropped", "refused", "gaps") if counts[name]]
        if self._price is not None:
            parts.append(money(counts["posts"], self._price, self._most))
        silence = time.time() - self._intake.heard
        if silence > 30:
            parts.append(f"source silent for {silence:,.0f} s")
        if (since := sent.waiting_since) is not None:
            parts.append(f"target fails since {time.time() - since:,.0f} s: {sent.trouble}")
        return " · ".join(parts)

    def collect(self) -> Iterator[Any]:
        """As prometheus_client asks a collector."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        counts = self.counts
        for name, count in counts.items():
            kind = GaugeMetricFamily if name == "waiting" else CounterMetricFamily
            family = kind(
                f"emotion_crawl_{name}", f"Events, or tweets where it is about labelling: {name}.", labels=["source"]
            )
            family.add_metric([self._name], count)
            yield family
        for name, value, help in (
            ("buffer_bytes", self._buffer.size, "Bytes that wait on disk."),
            ("heard_timestamp_seconds", self._intake.heard, "When the source last gave a sign of life."),
            ("target_failing", self._sender.sent.waiting_since is not None, "Whether the target fails."),
        ):
            gauge = GaugeMetricFamily(f"emotion_crawl_{name}", help, labels=["source"])
            gauge.add_metric([self._name], float(value))
            yield gauge


def money(posts: int, price: float, most: int | None = None) -> str:
    """What so many posts cost, beside the most there may be."""
    spent = f"{posts:,} posts paid for, ${posts * price:,.2f}"
    return spent if most is None else f"{spent} of at most {most:,}, ${most * price:,.2f}"


def shown(status: Status) -> AbstractContextManager[None]:
    """Show the line while a block runs: on a terminal always the newest, else one a minute on standard error."""
    return beside(partial(_on_terminal if sys.stderr.isatty() else _in_log, status), "status")


@contextmanager
def measured(status: Status, port: int | None) -> Iterator[None]:
    """Answer Prometheus on `port` of this machine while the block runs.

    Raises:
        UsageError: the port cannot be had.
    """
    if port is None:
        yield
        return
    from prometheus_client import CollectorRegistry, start_http_server

    registry = CollectorRegistry()
    registry.register(status)
    try:
        server, thread = start_http_server(port, "127.0.0.1", registry)
    except (OSError, OverflowError) as error:
        raise UsageError(f"Port {port} (--metrics) cannot be used: {error}.") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _on_terminal(status: Status, stop: threading.Event) -> None:
    with Live(console=Console(stderr=True), transient=True, refresh_per_second=4) as live:
        while not stop.wait(_SHOW_SECONDS):
            live.update(Text(status.line(), overflow="ellipsis", no_wrap=True))


def _in_log(status: Status, stop: threading.Event) -> None:
    while not stop.wait(_LOG_SECONDS):
        print(status.line(), file=sys.stderr, flush=True)
