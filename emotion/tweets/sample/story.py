"""What the sample archive tells: six weeks of a seaside town, with a storm, its aftermath, help, and a festival."""

from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from random import Random

from emotion.tweets.sample import phrases

START = datetime(2021, 3, 1, tzinfo=UTC)  # a Monday
DAYS = 42
_HOURS = (3, 2, 1, 1, 1, 2, 5, 9, 11, 9, 8, 9, 12, 11, 8, 8, 9, 12, 13, 15, 16, 14, 10, 6)  # usual volume of each hour
_WEEKEND = (5, 4, 2, 1, 1, 1, 2, 4, 7, 10, 12, 12, 12, 12, 11, 11, 11, 12, 13, 15, 16, 15, 12, 8)


@dataclass(frozen=True, slots=True)
class Event:
    """Something people speak of from `start` to `end`, most at `peak`, in days since START.

    `volume` is the event's share at its peak, in units of the usual one.
    """

    templates: Mapping[str, tuple[str, ...]]
    moods: Mapping[str, float]
    hashtags: tuple[str, ...]
    start: float = 0.0
    peak: float = 0.0
    end: float = DAYS
    volume: float = 1.0

    def intensity(self, day: float) -> float:
        """Share of the peak's volume at a time, rising and falling in straight lines."""
        if not self.start < day < self.end:
            return 0.0
        return (
            (day - self.start) / (self.peak - self.start)
            if day < self.peak
            else (self.end - day) / (self.end - self.peak)
        )


CHATTER = Event(
    phrases.CHATTER,
    {"none": 80, "joy": 7, "sadness": 3.5, "anger": 3.5, "love": 2.5, "fear": 2, "surprise": 1.5},
    ("MondayMotivation", "NowPlaying", "HarbourTown", "lunch", "photooftheday", "CommuterLife", "gardening"),
)
EVENTS = (
    Event(
        phrases.WARNING,
        {"none": 30, "fear": 66, "surprise": 4},
        ("StormBriar", "StormBriar", "HarbourTown"),
        8.4,
        11.6,
        12.0,
        1.6,
    ),
    Event(phrases.LANDFALL, {"none": 20, "fear": 70, "surprise": 10}, ("StormBriar",), 11.6, 12.0, 12.7, 4.0),
    Event(
        phrases.LOSS,
        {"none": 24, "sadness": 70, "anger": 6},
        ("StormBriar", "StormBriar", "HarbourTown"),
        12.2,
        13.0,
        18.0,
        2.2,
    ),
    Event(
        phrases.BLAME,
        {"none": 20, "anger": 80},
        ("WhereWereTheSirens", "WhereWereTheSirens", "StormBriar"),
        13.0,
        15.3,
        20.5,
        1.7,
    ),
    Event(
        phrases.HELP,
        {"none": 22, "love": 46, "joy": 28, "surprise": 4},
        ("StrongerTogether", "StrongerTogether", "HarbourTown"),
        15.2,
        18.6,
        26.0,
        1.6,
    ),
    Event(
        phrases.FESTIVAL,
        {"none": 20, "joy": 60, "love": 8, "surprise": 12},
        ("LanternFestival", "LanternFestival", "HarbourTown"),
        30.5,
        33.8,
        36.0,
        3.0,
    ),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One tweet's time in seconds since 1970, its event and its mood."""

    time: float
    event: Event
    mood: str


def moments(count: int, rng: Random) -> list[Moment]:
    """`count` moments in order of time, spread as the hour, the weekday and the events say."""
    slots = [(day * 24 + hour, event) for day in range(DAYS) for hour in range(24) for event in (CHATTER, *EVENTS)]
    totals = list(accumulate(_weight(hour, event) for hour, event in slots))
    chosen = []
    for _ in range(count):
        hour, event = slots[bisect(totals, rng.random() * totals[-1])]
        time = START.timestamp() + (hour + rng.random()) * 3600
        chosen.append(Moment(time, event, _mood(event, hour, rng)))
    return sorted(chosen, key=lambda moment: moment.time)


def text(moment: Moment, rng: Random, users: list[str]) -> str:
    """A sentence of the event and mood, with the mention, hashtag, emoji and link that some tweets have."""
    sentence = fill(rng.choice(moment.event.templates[moment.mood]), rng)
    if rng.random() < 0.12:
        sentence = f"@{rng.choice(users)} {sentence}"
    if rng.random() < (0.62 if moment.event is not CHATTER else 0.16):
        sentence += f" #{rng.choice(moment.event.hashtags)}"
    if rng.random() < (0.12 if moment.mood == "none" else 0.3):
        sentence += " " + rng.choice(phrases.EMOJI[moment.mood]) * rng.choice((1, 1, 1, 2, 3))
    if rng.random() < (0.2 if moment.mood == "none" else 0.04):
        sentence += f" https://example.org/{rng.randrange(16**6):06x}"
    return sentence


def fill(template: str, rng: Random) -> str:
    """The template with each {slot} drawn from its word list, first letter upper case."""
    words = template.format_map(_Slots(rng))
    return words[0].upper() + words[1:]


class _Slots(dict[str, str]):
    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def __missing__(self, slot: str) -> str:
        return self._rng.choice(phrases.WORDS[slot])


def _weight(hour: int, event: Event) -> float:
    day, hour_of_day = divmod(hour, 24)
    usual = (_WEEKEND if day % 7 >= 5 else _HOURS)[hour_of_day] * (1.15 if day % 7 == 4 else 1.0)
    if event is CHATTER:
        return usual
    return event.intensity(hour / 24 + 1 / 48) * event.volume * (usual + 4)  # a storm keeps people awake


def _mood(event: Event, hour: int, rng: Random) -> str:
    moods = dict(event.moods)
    if event is CHATTER:
        for mood, factor in _usual_moods(hour // 24 % 7, hour % 24).items():
            moods[mood] *= factor
    return rng.choices(list(moods), list(moods.values()))[0]


def _usual_moods(weekday: int, hour: int) -> dict[str, float]:
    """How the week colours small talk: Monday mornings, commutes, nights, and the end of the week."""
    if weekday == 0 and hour < 12:
        return {"anger": 2.5, "sadness": 2.5}
    if hour in (8, 17) and weekday < 5:
        return {"anger": 3.0}
    if hour < 5 or hour == 23:
        return {"sadness": 3.5, "fear": 3.0, "love": 2.0}
    if (weekday == 4 and hour >= 16) or (weekday >= 5 and hour >= 10):
        return {"joy": 3.0, "love": 1.8}
    return {}
