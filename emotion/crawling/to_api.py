"""The API as the target: it labels the records and writes them to its store."""

from collections.abc import Sequence

from emotion.client import Client
from emotion.crawling.targets import Again, Receipt, Refused, receipt
from emotion.errors import ApiError

_FOR_EVER = (401, 403, 404, 405, 501)  # the address, the key or what the API was started with is wrong
_LATER = (408, 425, 429)


class ApiTarget:
    """Sends lines to an API that writes to a store, under our name and the frame's number."""

    def __init__(self, url: str, key: str | None = None, timeout: float = 60.0) -> None:
        self._client = Client(url, key, tries=1, timeout=timeout)
        self.name = url

    def send(self, source: str, sequence: int, records: Sequence[bytes]) -> Receipt:
        """Deliver the records."""
        try:
            return receipt(self._client.store_lines(records, source, sequence))
        except ApiError as error:
            if error.status is None or (error.status >= 500 and error.status != 501) or error.status in _LATER:
                raise Again(str(error), error.wait) from error
            if error.status in _FOR_EVER:
                raise
            raise Refused(str(error)) from error

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
