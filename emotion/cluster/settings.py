"""Settings of a Ray cluster that lives on this machine alone; Ray reads them when it is imported."""

import os
import tempfile
from pathlib import Path

LOCAL = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # loopback instead of the machine's address: nothing listens beyond
    "RAY_worker_niceness": "0",  # 15 by default, which starves the workers beside any other program
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    # Nobody looks at the metrics, the tasks' events and the machine's load of such a cluster: it has no dashboard.
    "RAY_enable_metrics_collection": "0",
    "RAY_task_events_report_interval_ms": "0",
    "RAY_event_stats": "0",
    "REPORTER_UPDATE_INTERVAL_MS": "600000",
}


def prepare_local() -> None:
    """Set what is not set already; call before anything imports ray."""
    for name, value in LOCAL.items():
        os.environ.setdefault(name, value)


def private_folder(prefix: str, longest: int) -> Path:
    """A new folder for this user alone, whose path has at most `longest` characters, as paths of sockets are short."""
    usual = tempfile.gettempdir()
    room = longest - len(prefix) - 9  # of a separator and what is drawn
    place = usual if len(usual) <= room else "/tmp"  # nosec B108 (mkdtemp makes a folder of one's own there)
    return Path(tempfile.mkdtemp(prefix=prefix, dir=place))
