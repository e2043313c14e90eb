"""The parameters that all questions to a store share."""

from datetime import UTC, datetime, tzinfo
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from emotion.errors import UsageError
from emotion.serving.api.problems import shown, wrong
from emotion.stores.answers import Filter, Kind, Period
from emotion.stores.queries.zones import zone_of

Word = Annotated[str, Field(min_length=1, max_length=200)]
Moment = Annotated[str, Field(max_length=40, examples=["2017-01-26", "2017-01-26T16:00:00Z"])]


class Chosen(BaseModel):
    """Which tweets a question is about; what is left out asks nothing."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[str, Field(max_length=500)] = Field(
        "", description="that hold all of these words; #tags and @names too"
    )
    since: Moment | None = Field(
        None, description="from this date or time on (by the clock of `zone` unless it says otherwise)"
    )
    until: Moment | None = Field(None, description="before this date or time")
    emotion: Word | None = Field(None, description="of this emotion; `none` for those in which nothing is felt")
    hashtag: Word | None = Field(None, description="with this hashtag")
    user: Word | None = Field(None, description="of this user: a name, or an id")
    lang: Word | None = Field(None, description="in this language, as the source names it")
    felt: bool | None = Field(None, description="in which something is felt, or nothing")
    zone: Word = Field("UTC", description="time zone of hours, days and dates: `Europe/London`")
    all: bool = Field(False, description="count the best emotion even where nothing is felt, not as `none`")

    def filter(self) -> Filter:
        """As queries take it."""
        clock = self._clock()
        return Filter(
            query=self.query or None,
            emotion=self.emotion,
            since=_moment("since", self.since, clock),
            until=_moment("until", self.until, clock),
            hashtag=self.hashtag,
            user=self.user,
            lang=self.lang,
            felt=self.felt,
        )

    def _clock(self) -> tzinfo:
        try:
            return zone_of(self.zone)
        except UsageError as error:
            raise wrong("zone", self.zone, str(error)) from None


class OverTime(Chosen):
    """A question about time."""

    by: Period = Field("day", description="length of a period")


class OfTerms(Chosen):
    """A question about terms."""

    kind: Kind = Field("hashtags", description="what is counted")
    limit: Annotated[int, Field(ge=1, le=1000)] = Field(10, description="most terms, of each emotion where by emotion")


class OfTweets(Chosen):
    """A question for tweets."""

    limit: Annotated[int, Field(ge=1, le=500)] = Field(20, description="most tweets")


class Examples(Chosen):
    """A question for the strongest tweets."""

    limit: Annotated[int, Field(ge=1, le=50)] = Field(3, description="most tweets of each emotion")


def _moment(name: str, value: str | None, clock: tzinfo) -> datetime | None:
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
        time = (time.replace(tzinfo=clock) if time.tzinfo is None else time).astimezone(UTC)
    except (ValueError, OverflowError):
        said = f"{name} {shown(value)!r} is not a date; write 2017-01-26 or 2017-01-26T16:00:00Z."
        raise wrong(name, value, said) from None
    return time
