"""`emotion serve` on Ray: a cluster on this machine alone, Serve on it, until it is told to stop."""

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from io import StringIO

from emotion.cluster.settings import prepare_local
from emotion.errors import JobError, UsageError
from emotion.folders import own_folder
from emotion.serving.cluster.settings import LONGEST_FOLDER, LOOPBACK, PRIVATE_PORTS, prepare_fast, prepare_private
from emotion.serving.listening import listen
from emotion.serving.options import ServeOptions, missing_keys
from emotion.threads import cpus

APP = "emotion"
OBJECT_STORE_BYTES = 100 << 20


def serve_locally(options: ServeOptions, host: str, port: int, replicas: int, tell: Callable[[str], None]) -> None:
    """Serve until interrupted or told to end (SIGTERM); `tell` is given the address once requests are answered.

    Raises:
        UsageError: nothing can listen there.
        JobError: Ray or Serve does not start.
    """
    with running(options, host, port, replicas) as address:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # now, as Ray sets its own when it starts
        tell(address)
        threading.Event().wait()


@contextmanager
def running(options: ServeOptions, host: str, port: int, replicas: int) -> Iterator[str]:
    """The API on a cluster of its own, at the address that is yielded; nothing of either is left at the end.

    Raises:
        UsageError: nothing can listen there, or only with keys.
        JobError: Ray or Serve does not start.
    """
    if refusal := missing_keys(host, options.keys):
        raise UsageError(refusal)
    with listen(host, port) as found:
        port = found.getsockname()[1]
    prepare_local()
    prepare_fast()
    with ExitStack() as stack:
        folder = stack.enter_context(own_folder(longest=LONGEST_FOLDER))
        prepare_private(folder, free_ports(LOOPBACK, PRIVATE_PORTS), host, port)
        _start(stack, port, replicas * options.threads)
        deploy(options, replicas)
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"


def deploy(options: ServeOptions, replicas: int) -> None:
    """Run the application, or bring the one that runs to these options.

    Raises:
        JobError: it does not come up.
    """
    from ray import serve

    from emotion.serving.cluster.deployment import application

    try:
        serve.run(application(options, replicas), name=APP, route_prefix="/")
    except (RuntimeError, TimeoutError) as error:
        raise JobError(f"The API does not start: {_sentence(error)}") from None


def free_ports(host: str, number: int) -> list[int]:
    """Different ports that nothing listens at now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket(family)) for _ in range(number)]
        for probe in probes:
            probe.bind((host, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _start(stack: ExitStack, port: int, needed: int) -> None:
    from ray import serve

    from emotion.cluster.local import ray_here, without_stderr

    for name in ("ray", "ray.serve"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        stack.enter_context(ray_here(max(cpus(), needed + 1), OBJECT_STORE_BYTES))
        stack.callback(_stop)
        with without_stderr():
            serve.start(proxy_location="HeadOnly", http_options={"host": LOOPBACK, "port": port})
    except Exception as error:  # Ray raises bare ones
        raise JobError(f"Ray Serve does not start on this machine: {_sentence(error)} Try --ray off.") from None


def _stop() -> None:
    import ray
    from ray import serve

    with redirect_stdout(StringIO()):  # Ray tells there that the controller, which was ended, is dead
        serve.shutdown()  # type: ignore[no-untyped-call]
        ray.shutdown()


def _sentence(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{lines[-1].rstrip('.')}." if lines else f"{type(error).__name__}."
