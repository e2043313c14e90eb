"""A cluster that grows: its autoscaler is asked for machines, which are waited for as long as some are coming.

Ray tells nobody the most that an autoscaler may start, so it is asked, and what it does is watched. It is asked by a
placement group, which goes with this process: what is asked through `ray.autoscaler.sdk` stays, and keeps machines that
nobody uses.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ray

GROW_SECONDS = 1200  # for machines that are coming; a cloud's with an image to fetch take minutes
QUIET_SECONDS = 20  # after which an autoscaler that begins nothing is taken to have nothing; it looks every five
POLL_SECONDS = 1.0


def grow(needs: Sequence[Mapping[str, float]], enough: Callable[[], bool]) -> None:
    """Have the connected cluster grow by what `needs` lack, until there is `enough` or no more is coming."""
    if enough() or not _grows():
        return
    from ray.util.placement_group import placement_group, remove_placement_group

    print(
        f"The cluster lacks machines, and is asked to grow; waiting up to {GROW_SECONDS // 60} minutes for them.",
        file=sys.stderr,
        flush=True,
    )
    asked = placement_group([dict(each) for each in needs])
    began = heard = time.monotonic()
    try:
        while not enough() and time.monotonic() < min(heard + QUIET_SECONDS, began + GROW_SECONDS):
            time.sleep(POLL_SECONDS)
            if _is_growing():
                heard = time.monotonic()
    finally:
        remove_placement_group(asked)


def _grows() -> bool:
    """Whether machines have the names of an autoscaler's types, in place of those that Ray makes up for others."""
    status, report = _status(), _report()
    named = [node.ray_node_type_name for node in (*status.active_nodes, *status.idle_nodes)]
    return any(not name.startswith("node_") for name in (*named, *report.get("active_nodes", ())))


def _is_growing() -> bool:
    status, report = _status(), _report()
    coming = (
        status.pending_launches,
        status.pending_nodes,
        report.get("pending_launches"),
        report.get("pending_nodes"),
    )
    return any(coming)


def _status() -> Any:
    """What version 2 of the autoscaler says, which `ray up` starts."""
    from ray.autoscaler.v2.sdk import get_cluster_status

    return get_cluster_status(ray.get_runtime_context().gcs_address)


def _report() -> dict[str, Any]:
    """What version 1 says, as on Kubernetes by default."""
    from ray._private.ray_constants import DEBUG_AUTOSCALING_STATUS
    from ray.experimental.internal_kv import _internal_kv_get

    said = _internal_kv_get(DEBUG_AUTOSCALING_STATUS)
    return (json.loads(said) if said else {}).get("autoscaler_report") or {}
