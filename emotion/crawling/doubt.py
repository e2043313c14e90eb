"""Whether a refusal that sounds final is: one replica of several may be older than the others, or not ready yet."""

import time
from collections.abc import Callable

_SECONDS = 60.0


class Doubt:
    """Doubts the refusals of a target that has taken something, until they have come for a minute without another."""

    def __init__(self, is_proven: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._is_proven, self._clock = is_proven, clock
        self._since: float | None = None  # the first refusal after anything else

    def taken(self) -> None:
        """The target has taken something: it is the right one."""
        self._is_proven, self._since = True, None

    def other(self) -> None:
        """The target has done something else: not all of it refuses."""
        self._since = None

    def is_final(self) -> bool:
        """Whether the refusal that came now is to be believed."""
        now = self._clock()
        self._since = now if self._since is None else self._since
        return not self._is_proven or now - self._since >= _SECONDS
