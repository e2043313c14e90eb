"""Where frames go: the API, or a store directly with a model of our own. Both know a frame again by its number."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from emotion.errors import EmotionError


class Receipt(msgspec.Struct, frozen=True):
    """What became of the records of a frame."""

    labelled: int = 0
    dead_letters: int = 0
    deleted: int = 0
    skipped: int = 0


class Again(Exception):
    """The target is down, slow or full: the same frame may be sent again."""


class Refused(Exception):
    """The target will never take these records."""


class Renamed(Exception):
    """The target knows other records by this source and number: they may be sent under another name."""


class Unwilling(Exception):
    """The target takes nothing of ours at all, or one replica of it does not: `refusal` is what is to be told then."""

    def __init__(self, refusal: EmotionError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class Target(Protocol):
    """Takes frames in order. The same source and sequence with the same records has no further effect."""

    name: str

    def send(self, source: str, sequence: int, records: Sequence[bytes]) -> Receipt:
        """Deliver records; returns once they are durable there.

        Raises:
            Again: not now.
            Refused: never.
            Renamed: not under this name.
            Unwilling: nothing at all, unless another replica of it does.
            EmotionError: nothing can be delivered at all.
        """
        ...

    def close(self) -> None:
        """Let go of the target, and leave it in order."""
        ...


def receipt(accounts: Mapping[str, Any]) -> Receipt:
    """From the accounts that the API answers: counts, and skipped records by reason."""
    skipped = accounts.get("skipped") or {}
    return Receipt(
        labelled=int(accounts.get("documents", 0)),
        dead_letters=int(accounts.get("dead_letters", 0)),
        deleted=int(accounts.get("deleted", 0)),
        skipped=sum(skipped.values()),
    )
