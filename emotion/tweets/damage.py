"""How a reader learns that a file breaks off."""

import errno


class Damage(Exception):
    """Raised after the last usable byte; the message becomes the reason of one dead letter for the lost rest."""


def is_transient(error: BaseException) -> bool:
    """Whether reading failed, not what was read: libraries set no errno, and a broken offset gives EINVAL."""
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)
