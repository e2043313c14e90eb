"""What the user asks of a labelling job, checked at the edge."""

from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from emotion.errors import UsageError
from emotion.objects.address import is_remote, plain
from emotion.stores.elasticsearch.address import address, is_address
from emotion.stores.opening import directory_of
from emotion.tweets.reader import ReadOptions

Engine = Literal["exact", "fast"]


@dataclass(frozen=True, slots=True)
class LabelOptions:
    """Options of `emotion label`.

    Those in `content()` decide what the documents hold, so a job keeps them in its manifest and goes on with the same
    ones only. `since` and `until` are microseconds since 1970 UTC, `until` exclusive. `workers` None means one a CPU on
    a cluster, and one without. `ray` is "auto", "off", "local" or the address of a cluster.
    """

    archives: tuple[str, ...]
    to: str
    model: str | None = None
    engine: Engine = "exact"
    languages: frozenset[str] | None = None
    all_languages: bool = False
    since: int | None = None
    until: int | None = None
    retweets: Literal["keep", "fold", "skip"] = "keep"
    drop_user: bool = False
    hash_ids: bool = False
    entities: str | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    restart: bool = False
    workers: int | None = None
    gpus: int = 0
    ray: str = "auto"

    @property
    def private(self) -> bool:
        """Whether dead letters must not hold what they were made from."""
        return self.drop_user or self.hash_ids

    def __post_init__(self) -> None:
        if is_remote(self.to):
            plain(self.to)
        elif is_address(self.to):
            address(self.to)
        else:
            directory_of(self.to)
        if self.gpus and (self.ray == "off" or "-" in self.archives):
            raise UsageError("--gpus needs a Ray cluster: leave out --ray off, and put standard input into a file.")
        if "-" in self.archives and len(self.archives) > 1:
            raise UsageError("Standard input (-) cannot be labelled together with files; use two commands.")

    def content(self) -> dict[str, Any]:
        """The options that decide what the documents hold, as JSON values."""
        languages = "all" if self.all_languages else sorted(self.languages) if self.languages else "model"
        return {
            "engine": self.engine,
            "lang": languages,
            "since": self.since,
            "until": self.until,
            "retweets": self.retweets,
            "drop_user": self.drop_user,
            "hash_ids": self.hash_ids,
            "entities": self.entities,
            "read": msgspec.to_builtins(self.read),
        }
