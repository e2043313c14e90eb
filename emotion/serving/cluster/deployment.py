"""One deployment: a replica holds the application and its models, so that a request crosses no process boundary.

Replicas ask each other for what they have counted, and for nothing else. Models are exchanged by `user_config`, which
Serve hands to `reconfigure` without stopping a replica.
"""

import hashlib
import json
import logging
from typing import Any

from fastapi import FastAPI
from ray import serve

from emotion import __version__
from emotion.errors import JobError, UsageError
from emotion.serving.api.callers import is_loopback
from emotion.serving.cluster.everywhere import Counted, counted, of_all
from emotion.serving.cluster.loopback import stay_on_loopback
from emotion.serving.model.choice import choice_of
from emotion.serving.options import ServeOptions, missing_keys
from emotion.serving.replica import Replica

NAME = "Emotion"
# Beyond what the batcher lets wait: it refuses at once and in our words, where Ray would let requests queue.
MAX_ONGOING = 4096
DEFAULTS: dict[str, Any] = {
    "name": NAME,
    "max_ongoing_requests": MAX_ONGOING,
    "max_queued_requests": 1024,
    "ray_actor_options": {"num_cpus": 1},
    "health_check_period_s": 5,
    "health_check_timeout_s": 20,
    "graceful_shutdown_timeout_s": 90,
    "logging_config": {"log_level": "WARNING", "enable_access_log": False},
}


class _Emotion:
    """A replica of the API."""

    def __init__(self, options: dict[str, Any]) -> None:
        checked = ServeOptions.model_validate(options)
        host = _listens_at()
        if refusal := missing_keys(host, checked.keys):
            raise UsageError(refusal)
        if is_loopback(host):
            stay_on_loopback()
        logging.getLogger("emotion").setLevel(logging.INFO)
        self._replica = Replica(checked)

    def __serve_build_asgi_app__(self) -> FastAPI:
        return self._replica.app(of_all(self._replica.metrics, "counted"))

    async def counted(self) -> Counted:
        """What this replica has counted, for the one that is asked for the numbers of all."""
        return counted(self._replica.metrics)

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Exchange the models; one that cannot be loaded changes nothing, unless there is none yet."""
        await self._replica.models.change(choice_of(user_config))

    async def check_health(self) -> None:
        """Unhealthy is a replica that has no model; one that refuses requests because there are many is healthy."""
        if not self._replica.models.served():
            raise JobError("This replica has no model yet.")


def _listens_at() -> str | None:
    """The host at which this cluster's Serve listens."""
    from ray.serve.context import _get_global_client

    client = _get_global_client()
    return None if client is None else str(client.http_config.host)


Emotion = serve.deployment(**DEFAULTS)(serve.ingress()(_Emotion))


def application(options: ServeOptions, replicas: int | None = None) -> serve.Application:
    """The application to run; `replicas` fixes their number, which a configuration otherwise decides."""
    more: dict[str, Any] = {} if replicas is None else {"num_replicas": replicas}
    actor = {"num_cpus": options.threads} | ({"num_gpus": 1} if options.device == "cuda" else {})
    user_config = options.choice.model_dump(mode="json")
    # What the constructor is given must not name the model: another argument restarts replicas.
    fixed = options.model_dump(mode="json", exclude=set(user_config))
    version: dict[str, Any] = {"version": _version(fixed), "_internal": True}
    return Emotion.options(user_config=user_config, ray_actor_options=actor, **version, **more).bind(fixed)


def _version(fixed: dict[str, Any]) -> str:
    """The same for the same replicas: where it is not told, `serve.run` restarts them all; `serve deploy` does not."""
    told = json.dumps([__version__, fixed], sort_keys=True).encode()
    return hashlib.blake2b(told, digest_size=8).hexdigest()
