"""The API as the target: it labels the records and writes them to its store."""

import itertools
import time
from collections.abc import Sequence

from emotion.client import ApiProblem, Client
from emotion.crawling.targets import Again, Receipt, Refused, Renamed, Unwilling, receipt
from emotion.errors import ApiError

_FOR_EVER = (401, 403, 404, 405, 415, 501)  # the address, the key or what the API was started with is wrong
_OF_PROXIES = (401, 403, 413, 415, 501)  # of what one before the API answers by itself, all that waiting does not help
_OF_ONE = (401, 403, 501)  # what one replica alone may answer, whose keys or model are older
_FAILED, _TAKEN = 500, 409
_FAILURES = 5  # of the API at the same records, each while it was well otherwise
_LOOKS = 3  # predictions that tell that it is well: of several replicas a well one may answer the first
_LATER = (408, 425, 429)
_NO_ANSWER = 200  # with what no API of ours answers: a page of a proxy, say
_TRIES = 2  # of the client: it waits as long as the API asks, and we are patient after that


class ApiTarget:
    """Sends lines to an API that writes to a store, under our name and the frame's number.

    `is_known` tells that an earlier run has delivered there.
    """

    def __init__(self, url: str, key: str | None = None, timeout: float = 60.0, is_known: bool = False) -> None:
        self._client = Client(url, key, tries=_TRIES, timeout=timeout)
        self._is_known = is_known  # whether it has answered as our API
        self._failing: tuple[str, int] | None = None  # the records at which it failed last,
        self._failures = 0  # and how often
        self._batches = itertools.count(time.time_ns() // 1000)  # of nothing; no run gives a number again
        self.name = url

    def send(self, source: str, sequence: int, records: Sequence[bytes]) -> Receipt:
        """Deliver the records."""
        try:
            found = receipt(self._client.store_lines(records, source, sequence))
        except ApiError as error:
            self._judge(error, source, sequence)
            raise Refused(str(error)) from error
        except (ValueError, TypeError, LookupError) as error:
            raise Again(f"{self.name} answers what no API of ours does: {error!r}") from error
        self._is_known = True
        return found

    def _judge(self, error: ApiError, source: str, sequence: int) -> None:
        """What a refusal means, unless it is one of these records.

        Raises:
            ApiError: nothing can be delivered at all.
            Again: not now.
            Renamed: not under this name.
            Unwilling: nothing by the replica that answered.
        """
        self._is_known |= isinstance(error, ApiProblem)
        if error.status == _TAKEN and isinstance(error, ApiProblem):
            raise Renamed(str(error)) from error
        if self._is_at_fault(error, source, sequence):
            return
        if error.status == _NO_ANSWER or self._may_pass(error):
            raise Again(str(error)) from error
        if error.status in _OF_ONE:
            raise Unwilling(error) from error
        if error.status in _FOR_EVER:
            raise error
        self._check_is_api()
        if self._may_pass(error):
            raise Again(str(error)) from error

    def _is_at_fault(self, error: ApiError, source: str, sequence: int) -> bool:
        """Whether the API fails again and again at these records, and at others not."""
        if error.status != _FAILED or not isinstance(error, ApiProblem):
            return False
        if self._failing != (source, sequence):
            self._failing, self._failures = (source, sequence), 0
        if not self._is_well(source):
            return False
        self._failures += 1
        return self._failures % _FAILURES == 0

    def _is_well(self, source: str) -> bool:
        """Whether it predicts what is easy, and its store takes a batch of nothing."""
        try:
            for _ in range(_LOOKS):
                self._client.predict(["well"])
            self._client.store_lines([], f"{source}-well", next(self._batches))
        except (ApiError, ValueError, TypeError, LookupError):
            return False
        return True

    def _check_is_api(self) -> None:
        """Before anything is given up: another server that refuses what it does not know must not cost a record.

        Raises:
            ApiError: what answers is no Emotion API.
            Again: nothing answers now.
        """
        if self._is_known:
            return
        try:
            self._is_known = self._client.get("/healthz").get("status") == "ok"
        except ApiError as error:
            if self._may_pass(error):
                raise Again(str(error)) from error
        except AttributeError:  # it is JSON, and no object
            pass
        if not self._is_known:
            raise ApiError(
                f"What answers at {self.name} is no Emotion API. An index of Elasticsearch is named with its alias, "
                "http://host:9200/alias."
            )

    def _may_pass(self, error: ApiError) -> bool:
        """Whether the same may go well later; an address that nothing of ours was ever heard from is a wrong one."""
        status = error.status
        if self._is_known and not isinstance(error, ApiProblem):
            return status not in _OF_PROXIES
        return status is None or status in _LATER or (status >= 500 and status not in _FOR_EVER)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
