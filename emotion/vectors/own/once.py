"""Whether something was met before, in memory that does not grow."""

from array import array
from hashlib import blake2b

SLOTS = 1 << 22  # 32 MiB


class Once:
    """Ids that were met, each until another takes its slot.

    An id that comes again is found, unless about as many others as there are slots came in between; a new one is taken
    for an old one never, but for two that share a hash of 64 bits.
    """

    def __init__(self, slots: int = SLOTS) -> None:
        self._slots = array("Q", bytes(8 * slots))

    def is_new(self, name: str) -> bool:
        """Whether `name` is not known to have been met; from now on it has."""
        mark = int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        place = mark % len(self._slots)
        met = self._slots[place] == mark
        self._slots[place] = mark
        return not met
