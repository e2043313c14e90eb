"""Work that kills its worker again and again must end the job: Ray would start it anew for ever."""

from emotion.errors import JobError
from emotion.stores.protocol import Tries

MOST = 5


def begin(tries: Tries, key: str, source: str) -> int:
    """Count, where it outlives the worker, that a piece of work is begun; `tries.end` says that it is done.

    Returns how often it is begun now.

    Raises:
        JobError: once too often.
    """
    begun = tries.begun(key)
    if begun >= MOST:
        raise JobError(
            f"{source} ended its worker {begun} times (part {key}): too little memory, or a fault in a library. "
            "Give the workers more memory, or label without this file."
        )
    tries.begin(key, begun + 1)
    return begun + 1
