"""A bound on what Serve reads ahead of a request's body.

A replica takes pieces of a body off the socket as they come and queues them without end, so a long stream that is
answered more slowly than it is sent would fill the memory. With a bounded queue the socket waits, and so does the
sender. This holds where user code runs on the replica's own loop (RAY_SERVE_THROUGHPUT_OPTIMIZED=1).
"""

import asyncio

AHEAD = 16  # pieces, of 64 KiB at most


def bound_bodies() -> None:
    """Bound the queues of all requests to come, in this process."""
    from ray.serve._private.direct_ingress_http_util import ASGIDIReceiveProxy

    def queue(proxy: "ASGIDIReceiveProxy") -> "asyncio.Queue[object]":
        if proxy._queue is None:
            proxy._queue = asyncio.Queue(AHEAD)
        found: asyncio.Queue[object] = proxy._queue
        return found

    setattr(ASGIDIReceiveProxy, "queue", property(queue))  # noqa: B010  a property, which it is not typed as
