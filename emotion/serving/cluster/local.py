"""`emotion serve` on Ray: a cluster on this machine alone, Serve on it, until it is told to stop."""

import logging
import os
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from emotion.errors import JobError
from emotion.labelling.ray_settings import prepare_local
from emotion.serving.cluster.settings import prepare_fast, prepare_private
from emotion.serving.options import ServeOptions

APP = "emotion"


def serve_locally(options: ServeOptions, host: str, port: int, replicas: int, tell: Callable[[str], None]) -> None:
    """Serve until interrupted; `tell` is given the address once requests are answered.

    Raises:
        JobError: Ray or Serve does not start.
    """
    prepare_local()
    prepare_fast()
    prepare_private((free_port("127.0.0.1"), free_port("127.0.0.1")))
    import ray
    from ray import serve

    from emotion.serving.cluster.deployment import application

    for name in ("ray", "ray.serve"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        _start_ray(ray, replicas * options.threads)
        serve.start(proxy_location="HeadOnly", http_options={"host": host, "port": port})
        serve.run(application(options, replicas), name=APP, route_prefix="/")
        tell(f"http://{host}:{port}")
        threading.Event().wait()
    except (RuntimeError, ValueError, TimeoutError, ConnectionError) as error:
        raise JobError(f"The API does not start: {_sentence(error)}") from None
    finally:
        serve.shutdown()
        ray.shutdown()
        shutil.rmtree(Path(os.environ["RAY_SERVE_HAPROXY_BINARY_PATH"]).parent, ignore_errors=True)


def free_port(host: str) -> int:
    """A port that nothing listens at now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _start_ray(ray: object, cpus: int) -> None:
    ray.init(  # type: ignore[attr-defined]  # the module, imported after its settings are made
        address="local",
        num_cpus=max(os.cpu_count() or 1, cpus + 1),
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        object_store_memory=100 << 20,
    )


def _sentence(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
