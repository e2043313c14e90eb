"""The head of the cluster, watched: without it Ray ends a program after a minute, in words of its own."""

import socket
import sys
import threading
import time

EVERY_SECONDS = 5.0
SILENT_SECONDS = 30.0  # half of what Ray waits
AWAY = threading.Event()  # set from when it is told until the head answers again


def watch_head(address: str, stop: threading.Event) -> None:
    """Tell, once each time, when nothing answers at HOST:PORT any more."""
    host, _, port = address.rpartition(":")
    heard = time.monotonic()
    while not stop.wait(EVERY_SECONDS):
        try:
            socket.create_connection((host.strip("[]"), int(port)), EVERY_SECONDS).close()
            heard = time.monotonic()
            AWAY.clear()
        except OSError:
            if not AWAY.is_set() and time.monotonic() - heard > SILENT_SECONDS:
                AWAY.set()
                print(
                    f"emotion: The head of the Ray cluster, {address}, does not answer any more. Unless it comes back, "
                    "Ray ends this command soon: start the cluster again, and say the same again to go on.",
                    file=sys.stderr,
                    flush=True,
                )
    AWAY.clear()
