"""Which tweets are labelled."""

from typing import Literal

import msgspec

from emotion.tweets.tweet import Tweet


class Selection(msgspec.Struct, frozen=True):
    """What is asked for: `languages` (None: all), `created_at` in microseconds (`until` excluded), retweets."""

    languages: frozenset[str] | None = None
    since: int | None = None
    until: int | None = None
    retweets: Literal["keep", "fold", "skip"] = "keep"

    def __post_init__(self) -> None:
        if self.languages is not None:
            msgspec.structs.force_setattr(self, "languages", frozenset(map(str.lower, self.languages)))

    def reason(self, tweet: Tweet) -> str | None:
        """Why a tweet is skipped: "language", "date" or "retweet"; None when it is to be labelled."""
        if not self.speaks(tweet.lang):
            return "language"
        if not self._in_range(tweet.created_at):
            return "date"
        if self.retweets == "skip" and tweet.retweet_of is not None:
            return "retweet"
        return None

    def speaks(self, lang: str | None) -> bool:
        """Whether the language is asked for: missing passes, `und` does not; `en-GB` counts as `en` too."""
        if self.languages is None or lang is None:
            return True
        code = lang.lower()
        return code in self.languages or code.partition("-")[0] in self.languages

    def _in_range(self, created_at: int | None) -> bool:
        if created_at is None:
            return self.since is None and self.until is None
        return (self.since is None or created_at >= self.since) and (self.until is None or created_at < self.until)
