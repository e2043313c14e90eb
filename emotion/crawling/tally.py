"""What a crawl came to, counted from the first run with its buffer on, through kills and restarts."""

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Taken:
    """What came from the source; kept with each frame of the buffer.

    received = duplicates + buffered + dropped; `posts` are what the source charges for.
    """

    received: int = 0
    duplicates: int = 0
    posts: int = 0
    gaps: int = 0
    filled: int = 0

    def to_dict(self) -> dict[str, int]:
        """By name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @staticmethod
    def of(tally: dict[str, int]) -> "Taken":
        """As it was kept."""
        known = {each.name for each in fields(Taken)}
        return Taken(**{name: count for name, count in tally.items() if name in known})


@dataclass(slots=True)
class Sent:
    """What went to the target in this run: records, and what they became there."""

    records: int = 0
    labelled: int = 0
    dead_letters: int = 0
    deleted: int = 0
    skipped: int = 0
    refused: int = 0
    retries: int = 0
    waiting_since: float | None = None
    trouble: str = ""
