"""The numbers of all replicas, whichever of them is asked."""

import logging
from collections.abc import Awaitable, Callable

from prometheus_client import Metric

from emotion.serving.api.metrics import Metrics, exposed

LOG = logging.getLogger("emotion.serving")
_SECONDS = 3.0  # Prometheus waits ten by default
Counted = tuple[str, list[Metric]]  # a replica's name, and what it has counted


def counted(metrics: Metrics) -> Counted:
    """What this replica has counted, under its name."""
    from ray import serve

    return serve.get_replica_context().replica_id.unique_id, metrics.families()


def of_all(metrics: Metrics, method: str) -> Callable[[], Awaitable[bytes]]:
    """Asks every replica for `counted` by a method of the deployment; where one is late, this one's stand alone."""

    async def ask() -> bytes:
        from ray import serve

        here = serve.get_replica_context()
        handle = serve.get_deployment_handle(here.deployment, here.app_name)
        found = dict([counted(metrics)])
        try:
            answers = await handle.broadcast(method).results_async(timeout_s=_SECONDS, return_exceptions=True)
        except Exception as error:  # late, or replicas are being exchanged
            LOG.warning("the numbers of other replicas are missing: %s", type(error).__name__)
        else:
            found |= dict(answer for answer in answers if not isinstance(answer, BaseException))
        return exposed(found)

    return ask
