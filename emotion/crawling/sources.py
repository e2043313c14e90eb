"""From what a user names to a live source."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from emotion.errors import UsageError
from emotion.tweets.live.interest import Interest, read_interest
from emotion.tweets.live.replay import Replay
from emotion.tweets.live.source import LiveSource
from emotion.tweets.live.standard_input import StandardInput
from emotion.tweets.live.tail import Tail

if TYPE_CHECKING:
    from emotion.tweets.live.x.rules import Rule

NETWORKS = ("x", "x-search", "bluesky")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a source; `since` in microseconds since 1970."""

    names: Sequence[str]
    terms: Path | None = None
    languages: frozenset[str] | None = None
    speed: float | None = None
    follow: bool = False
    since: int | None = None
    replace_rules: bool = False
    fill: bool = True

    @property
    def network(self) -> str | None:
        """The network that is named, or None where files are."""
        return self.names[0] if len(self.names) == 1 and self.names[0] in NETWORKS else None

    @property
    def is_paid(self) -> bool:
        """Whether posts cost money."""
        return self.network in ("x", "x-search")

    @property
    def key(self) -> str:
        """A name for the source's buffer: the same for the same source."""
        if self.network is not None or list(self.names) == ["-"]:
            return self.network or "stdin"
        paths = b"\n".join(os.fsencode(Path(name).absolute()) for name in self.names)
        return f"{'files' if self.follow else 'replay'}-{blake2b(paths, digest_size=4).hexdigest()}"


def open_source(wanted: Wanted, tries: int | None = None) -> LiveSource:
    """The source; nothing is asked of it yet. Bluesky is tried for ever, or so often, where somebody waits for it.

    Raises:
        UsageError: it is no source, or an option does not belong to it.
        ConfigError: the terms have faults.
    """
    _check(wanted)
    if wanted.network == "bluesky":
        from emotion.tweets.live.bluesky import Bluesky

        return Bluesky(wanted.languages, _interest(wanted), tries=tries)
    if wanted.network is not None:
        return _x(wanted)
    if list(wanted.names) == ["-"]:
        return StandardInput()
    return Tail(wanted.names) if wanted.follow else Replay(wanted.names, wanted.speed)


def rules_of(wanted: Wanted) -> "list[Rule]":
    """The rules of X that the terms come to.

    Raises:
        UsageError: no terms are named.
        ConfigError: they have faults.
    """
    from emotion.tweets.live.x.rules import rules

    interest = _interest(wanted)
    if interest is None:
        raise UsageError("X sends what matches rules: name a file of keywords and hashtags with --terms.")
    return rules(interest, wanted.languages)


def _x(wanted: Wanted) -> LiveSource:
    from emotion.tweets.live.x.access import access
    from emotion.tweets.live.x.source import FilteredStream, RecentSearch

    rules = rules_of(wanted)
    if wanted.network == "x-search":
        return RecentSearch(access(), rules, None if wanted.since is None else wanted.since / 1e6)
    return FilteredStream(access(), rules, wanted.replace_rules, wanted.fill)


def _interest(wanted: Wanted) -> Interest | None:
    return None if wanted.terms is None else read_interest(wanted.terms)


def _check(wanted: Wanted) -> None:
    among = [name for name in wanted.names if name in (*NETWORKS, "-")]
    if among and len(wanted.names) > 1:
        raise UsageError(f"{among[0]!r} stands alone: a crawl has one source.")
    files = wanted.network is None and not among
    wrong = [
        ("--terms", wanted.terms is not None and wanted.network is None, "x, x-search and bluesky"),
        ("--speed", wanted.speed is not None and (not files or wanted.follow), "archives that are replayed"),
        ("--follow", wanted.follow and not files, "files"),
        ("--since", wanted.since is not None and wanted.network != "x-search", "x-search"),
        ("--replace-rules", wanted.replace_rules and wanted.network != "x", "x"),
        ("--no-fill", not wanted.fill and wanted.network != "x", "x"),
    ]
    for option, given, of in wrong:
        if given:
            raise UsageError(f"{option} belongs to {of}, not to {' '.join(wanted.names)}.")
    for name in wanted.names if wanted.follow else ():
        if Path(name).is_dir():
            raise UsageError(f"{name} is a folder: --follow reads files that grow, each by its name.")
