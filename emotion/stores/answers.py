"""What is asked of a store and what it answers: the same shapes whatever store answers."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

NONE = "none"  # the emotion of a tweet in which nothing is felt
SHARES = (  # said wherever shares are shown: an error that a model makes again and again is in every count
    "Shares are the model's counts. Compare days, topics or groups with each other; do not read a share as how many "
    "people felt it."
)

Kind = Literal["hashtags", "words", "emoji", "mentions", "entities", "people", "places", "organisations", "products"]
Period = Literal["hour", "day", "week", "month"]
# Entities whose kind is known, and the kind in a document.
KIND_OF: dict[Kind, str] = {
    "people": "person",
    "places": "place",
    "organisations": "organisation",
    "products": "product",
}
KINDS: tuple[Kind, ...] = get_args(Kind)
PERIODS: tuple[Period, ...] = get_args(Period)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tweets are meant; None asks nothing. `since` is included, `until` is not; both carry a time zone."""

    emotion: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    hashtag: str | None = None
    user: str | None = None  # name, or id
    lang: str | None = None
    felt: bool | None = None
    query: str | None = None  # words, #tags and @names that must all be there

    def about(self, query: str) -> "Filter":
        """Those of its tweets that hold the words of a query, too."""
        return replace(self, query=" ".join(words for words in (self.query, query) if words) or None)


@dataclass(frozen=True, slots=True)
class Sample:
    """So many tweets, chosen by a hash of their ids: the same ones each time, and in each store; `seed` for others."""

    tweets: int
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Peak:
    """A period in which an emotion stood out; `usual` is the median of all periods."""

    start: datetime
    emotion: str
    tweets: int
    usual: float
    hashtag: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of tweets; `emotions` and `profile` hold every label, and `emotions` none, even at 0."""

    tweets: int
    felt: int
    ambiguous: int
    retweets: int
    authors: int
    undated: int
    first: datetime | None
    last: datetime | None
    emotions: dict[str, int]
    profile: dict[str, int]  # tweets with the label among their `emotions`
    languages: dict[str, int]
    peaks: list[Peak]
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Bucket:
    """One period, from `start` (in the zone asked for), with its tweets, and those of each emotion, none included."""

    start: datetime
    tweets: int
    emotions: dict[str, int]


@dataclass(frozen=True, slots=True)
class Hour:
    """Tweets of each emotion in an hour of a weekday; 0 is Monday."""

    weekday: int
    hour: int
    emotions: dict[str, int]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The hours of the week that have tweets, in order; by the author's clock where known, else UTC."""

    local: int  # tweets on their author's own clock
    tweets: int
    hours: list[Hour]

    @property
    def counts(self) -> dict[tuple[int, int], dict[str, int]]:
        """Tweets of each emotion by weekday and hour."""
        return {(each.weekday, each.hour): each.emotions for each in self.hours}


@dataclass(frozen=True, slots=True)
class Term:
    """A hashtag, word, emoji, name or entity in lower case, as it is most often written, with its tweets by emotion."""

    term: str
    written: str
    tweets: int
    emotions: dict[str, int]


@dataclass(frozen=True, slots=True)
class SignificantTerm:
    """A term that marks an emotion: `score` is the z-score of its log-odds against all other tweets."""

    term: str
    written: str
    tweets: int  # of this emotion
    elsewhere: int
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A tweet found. `attention` pairs a word with its weight.

    `highlights` are the spans (start, end) of `text` that were asked for, `shades` those of the words of attention
    with their weight; both in order and apart.
    """

    tweet_id: str
    created_at: datetime | None
    text: str
    user_name: str | None
    lang: str | None
    emotion: str
    score: float
    second: str
    ambiguous: bool
    hashtags: list[str]
    attention: list[tuple[str, float]]
    source: str
    line: int
    highlights: list[tuple[int, int]]
    shades: list[tuple[int, int, float]]


@dataclass(frozen=True, slots=True)
class Found:
    """The tweets shown and how many there are in all."""

    total: int
    hits: list[Hit]
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Minutes since the same author's previous tweet: quartiles over the tweets of an emotion that have one."""

    emotion: str
    tweets: int
    lower: float
    median: float
    upper: float
