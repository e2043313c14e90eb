"""The head of the cluster, watched: without it Ray ends a program after a minute, in words of its own."""

import socket
import sys
import threading
import time

EVERY_SECONDS = 5.0
SILENT_SECONDS = 30.0  # half of what Ray waits


def watch_head(address: str, stop: threading.Event) -> None:
    """Tell, once each time, when nothing answers at HOST:PORT any more."""
    host, _, port = address.rpartition(":")
    heard, told = time.monotonic(), False
    while not stop.wait(EVERY_SECONDS):
        try:
            socket.create_connection((host.strip("[]"), int(port)), EVERY_SECONDS).close()
            heard, told = time.monotonic(), False
        except OSError:
            if not told and time.monotonic() - heard > SILENT_SECONDS:
                told = True
                print(
                    f"emotion: The head of the Ray cluster, {address}, does not answer any more. Unless it comes back, "
                    "Ray ends this command soon: start the cluster again, and say the same again to go on.",
                    file=sys.stderr,
                    flush=True,
                )
