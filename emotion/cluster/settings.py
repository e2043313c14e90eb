"""Settings of a Ray cluster that lives on this machine alone; Ray reads them when it is imported."""

import os

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
