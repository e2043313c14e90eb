"""What a job came to."""

from dataclasses import dataclass
from typing import Any

from emotion.labelling.accounts import Accounts


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to: the store's accounts after it, and what this run did.

    `languages` are those of the model, where nobody asked for others; `no_language` counts tweets that said none and
    were labelled all the same.
    """

    store: str
    accounts: Accounts
    seconds: float
    model: str
    engine: str
    read_now: int
    left_aside: tuple[str, ...]
    languages: tuple[str, ...] = ()
    no_language: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As `run.json` holds it; `seconds` are this run's wall time."""
        return self.accounts.to_dict() | {
            "seconds": round(self.seconds, 3),
            "model": self.model,
            "engine": self.engine,
            "left_aside": list(self.left_aside),
        }
