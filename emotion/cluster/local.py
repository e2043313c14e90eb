"""Starting Ray on this machine, where a busy one may not keep the seconds that Ray gives itself."""

import logging
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import ray

from emotion.folders import own_folder

AGENT_PORTS = ("metrics_agent_port", "metrics_export_port", "runtime_env_agent_port", "dashboard_agent_listen_port")
TRIES = 2
_OTHER_TOKENS = {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"}
_LONGEST_FOLDER = 40  # paths of sockets have at most 107 characters, of which those of a session take 66


@contextmanager
def ray_here(cpus: int, object_store_bytes: int, gpus: int | None = None) -> Iterator[None]:
    """Ray on this machine while the block runs, in a folder of its own: by itself Ray leaves one that all may read."""
    keep_token()
    with own_folder(longest=_LONGEST_FOLDER) as folder:
        try:
            _begin(cpus, object_store_bytes, gpus, str(folder))
            yield
        finally:
            ray.shutdown()


def keep_token() -> None:
    """Make Ray's token, or keep the one that is there, for this user alone; Ray makes one that all may read."""
    if os.environ.get("RAY_AUTH_MODE", "token") != "token" or _OTHER_TOKENS & os.environ.keys():
        return
    path = Path.home() / ".ray" / "auth_token"
    with suppress(OSError):  # which Ray tells, if it matters
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            suppress(FileExistsError),
            os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as to,
        ):
            to.write(secrets.token_hex(32))
        path.chmod(0o600)


def _begin(cpus: int, object_store_bytes: int, gpus: int | None, folder: str) -> None:
    """Start Ray; once more where that fails, as a busy machine may not keep Ray's own 30 seconds."""
    before = set(psutil.Process().children(recursive=True))
    for tried in range(TRIES):
        try:
            with without_stderr(), bare_nodes():
                ray.init(
                    address="local",
                    num_cpus=cpus,
                    num_gpus=gpus,
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    object_store_memory=object_store_bytes,
                    _temp_dir=folder,
                )
            return
        except Exception:
            ray.shutdown()
            _end(set(psutil.Process().children(recursive=True)) - before)
            if tried + 1 == TRIES:
                raise


@contextmanager
def bare_nodes() -> Iterator[None]:
    """Nodes that are started within have free ports for their agents.

    By itself Ray lets each agent choose, waits 15 s for it to say which, and ends where the machine is too busy.
    Nothing scales them and nobody is sent their logs, so the two processes that would do so are not started either.
    """
    from ray._private import parameter

    plain = parameter.RayParams

    def with_ports(*given: Any, **named: Any) -> Any:
        made: Any = plain(*given, **named)
        with ExitStack() as held:
            for name in AGENT_PORTS:
                server = held.enter_context(socket.create_server(("127.0.0.1", 0)))
                setattr(made, name, server.getsockname()[1])
        made.no_monitor, made.include_log_monitor = True, False
        return made

    vars(parameter)["RayParams"] = with_ports
    try:
        yield
    finally:
        vars(parameter)["RayParams"] = plain


def _end(processes: set[psutil.Process]) -> None:
    """What a start that failed has left."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(processes, timeout=10)


@contextmanager
def without_stderr() -> Iterator[None]:
    """Keep what Ray's own libraries write to the terminal while they start from the reader; failures are raised."""
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)
