"""The API without Ray: one process, one event loop, the same application."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable

import uvicorn

from emotion.serving.listening import listen
from emotion.serving.options import ServeOptions
from emotion.serving.replica import Replica


def serve_alone(options: ServeOptions, host: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve until interrupted; `tell` is given the address once requests are answered.

    Raises:
        UsageError: nothing can listen there.
    """
    listening = listen(host, port)
    with listening:
        asyncio.run(_serve(options, listening, host, tell))


async def _serve(options: ServeOptions, listening: socket.socket, host: str, tell: Callable[[str], None]) -> None:
    replica = Replica(options)
    await replica.models.change(options.choice)
    config = uvicorn.Config(replica.app(), log_level=logging.ERROR, access_log=False, timeout_graceful_shutdown=10)
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if server.started:
        shown = f"[{host}]" if ":" in host else host
        tell(f"http://{shown}:{listening.getsockname()[1]}")
    await serving
    if server.interrupted:
        raise KeyboardInterrupt


class _Server(uvicorn.Server):
    """Leaves after Ctrl-C as after SIGTERM, and remembers which it was."""

    interrupted = False

    def handle_exit(self, sig: int, frame: object) -> None:
        self.interrupted = self.interrupted or sig == signal.SIGINT
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as in uvicorn
        """Without raising the signal again once the server is down."""
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, self.handle_exit, one, None)
        yield
