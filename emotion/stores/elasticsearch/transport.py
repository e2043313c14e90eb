"""How requests travel: compressed as quickly as can be.

The client compresses by Python's gzip at its highest level, which takes longer than all else that is done with a
document before it is sent; isal is many times as fast, for somewhat more bytes. `python -m benchmarks.elasticsearch`
prints both.
"""

from collections.abc import Callable
from typing import Any

from elastic_transport import NodeConfig, Urllib3HttpNode
from elastic_transport.client_utils import DEFAULT
from isal import igzip

_LEVEL = 1


class QuickNode(Urllib3HttpNode):
    """A server's connections, which compress requests that have a body, and take compressed answers."""

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        self._quick, self._http_compress = self._http_compress, False

    def perform_request(
        self, method: str, target: str, body: bytes | None = None, headers: Any = None, request_timeout: Any = DEFAULT
    ) -> Any:
        """Send a request, and wait for its answer."""
        if body and self._quick:
            body, headers = igzip.compress(body, _LEVEL), {**(headers or {}), "content-encoding": "gzip"}
        return super().perform_request(method, target, body, headers, request_timeout)


def checking(check: Callable[[], None]) -> type[QuickNode]:
    """A node that sends nothing where `check` raises, but for what sets the server free."""

    class Checking(QuickNode):
        def perform_request(self, method: str, *rest: Any, **more: Any) -> Any:
            if method != "DELETE":
                check()
            return super().perform_request(method, *rest, **more)

    return Checking
