"""Where a finish finds and puts things."""

from dataclasses import dataclass
from pathlib import Path

from emotion.stores.files import finished_files
from emotion.stores.ledger import Ledger

STAGED = ".staged"  # no reader that looks for *.parquet sees what is being made


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths of the store at `root`."""

    root: Path

    @property
    def ledger(self) -> Ledger:
        """The commits and where the parts lie."""
        return Ledger(self.job)

    @property
    def job(self) -> Path:
        """What belongs to the job and its ledger."""
        return self.root / "_job"

    @property
    def staging(self) -> Path:
        """All that a running finish makes; gone when it is over."""
        return self.job / "finish"

    @property
    def months(self) -> Path:
        """Staged month directories."""
        return self.staging / "months"

    @property
    def journal(self) -> Path:
        """The journal: once it is there, the finish is rolled forward, never back."""
        return self.staging / "journal.json"

    @property
    def tombstones(self) -> Path:
        """Every tombstone so far: columns `tweet_id` and `user_id`, one of them null."""
        return self.job / "tombstones.arrow"

    @property
    def removed(self) -> Path:
        """Ids that tombstones took out, so that each counts once."""
        return self.job / "removed.arrow"

    @property
    def dead_letters(self) -> Path:
        """All dead letters so far."""
        return self.root / "dead_letters.jsonl"

    def part(self, key: str) -> Path:
        """Documents of a part."""
        return self.ledger.parts / f"{key}.parquet"

    def part_dead_letters(self, key: str) -> Path:
        """Dead letters of a part."""
        return self.ledger.parts / f"{key}.dead.jsonl"

    def staged(self, final: Path) -> Path:
        """Where the next content of a file outside the month directories is made."""
        return self.staging / f"{final.name}{STAGED}"

    def finished(self) -> list[Path]:
        """Finished files in order of month and name."""
        return finished_files(self.root)
