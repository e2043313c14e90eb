"""How requests travel: compressed as quickly as can be.

The client's own compression, gzip at its highest level, takes more of a processor than everything else that is done
with a document before it is sent: twenty times what isal takes, for a fifth fewer bytes.
"""

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
