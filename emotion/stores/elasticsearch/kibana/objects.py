"""What Kibana shows of a store: a data view, charts, a search and a dashboard of them, as saved objects.

They are made from the mapping of the store, so that a field that is renamed or a label that is new is so here too.
"""

import json
from collections.abc import Iterator, Mapping
from string import punctuation
from typing import Any

from emotion.stores.described import Described
from emotion.stores.elasticsearch.kibana.lens import (
    CORE,
    Json,
    average,
    chart,
    count,
    heat_map,
    metric,
    over_time,
    table,
    terms,
    xy,
)
from emotion.stores.queries.ranking import COMMON
from emotion.text.tokens import ELONGATED, EMOJI_MARK, HASHTAG, NUMBER, URL, USER

_TIME, _EMOTION = "created_at", "counted.emotion"
_FELT = f"not {_EMOTION} : none"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHOWN = ("user_name", "text", "emotion", "score", "second", "felt", "emotions", "hashtags", "lang")
# What other answers do not count as words: letters cannot be told here, but signs are one character or three dots.
_NO_WORDS = sorted(COMMON | {*punctuation, "...", URL, USER, NUMBER, HASHTAG, EMOJI_MARK, ELONGATED})
_WIDE, _HALF, _TALL, _SMALL = 48, 24, 15, 6  # of Kibana's grid, which has 48 columns


def saved_objects(alias: str, described: Described, period: tuple[str, str] = ("now-20y", "now")) -> list[Json]:
    """The saved objects of a store, those that others refer to first; ids hold the alias, so stores do not collide.

    The dashboard opens at `period` (times in ISO 8601, or as Kibana counts them from now); by itself Kibana would show
    the last 15 minutes, in which an archive has no tweets.
    """
    view = f"emotion-{alias}"
    panels = list(_panels(alias, view, described))
    return [_data_view(alias, view), *(panel for panel, _, _ in panels), _dashboard(alias, panels, period)]


def ndjson(objects: list[Json]) -> str:
    """Saved objects as Kibana exports and imports them."""
    return "".join(json.dumps(each, ensure_ascii=False, sort_keys=True) + "\n" for each in objects)


def _panels(alias: str, view: str, described: Described) -> Iterator[tuple[Json, int, int]]:
    """Charts with their width and height."""
    emotions = terms("emotion", _EMOTION, "emotion", len(described.labels) + 1)
    named = f"emotion-{alias}-"

    def made(name: str, title: str, drawn: Any, query: str = "") -> Json:
        return chart(named + name, f"{title} ({alias})", view, drawn, query)

    yield made("tweets", "Tweets", metric(count())), _WIDE // 3, _SMALL
    yield made("felt", "Tweets with a feeling", metric(count()), _FELT), _WIDE // 3, _SMALL
    yield made("score", "How sure the model is", metric(average("score", "score", "mean score"))), _WIDE // 3, _SMALL
    over = xy("bar_stacked", over_time(_TIME), count(), split=emotions)
    yield made("time", "Emotions over time, none apart", over, _FELT), _WIDE, _TALL
    share = xy("area_percentage_stacked", over_time(_TIME), count(), split=emotions)
    yield made("share", "Share of each emotion, none included", share), _HALF, _TALL
    yield made("all", "Tweets of each emotion", xy("bar_horizontal", emotions, count())), _HALF, _TALL
    yield made("week", "When: weekday and hour", _week(), _FELT), _HALF, _TALL
    if described.profile_labels:
        yield made("profile", "The profile: mean score of each feeling", _profile(described)), _HALF, _TALL
    for name, title, field in _subjects():
        subjects = terms("term", field, name, 15, without=_NO_WORDS if name == "words" else ())
        by = xy("bar_horizontal_stacked", subjects, count(), split=emotions)
        yield made(name, title, by, _FELT), _HALF, _TALL
    tops = table(emotions, terms("term", "hashtags", "hashtag", 5), count())
    yield made("tops", "Top hashtags of each emotion", tops, _FELT), _HALF, _TALL
    yield _search(alias, view), _WIDE, 20


def _subjects() -> tuple[tuple[str, str, str], ...]:
    return (
        ("hashtags", "Hashtags by emotion", "hashtags"),
        ("words", "Words by emotion", "words"),
        ("emoji", "Emoji by emotion", "emoji"),
        ("entities", "Names by emotion", "entities.name"),
        ("people", "People by emotion", "counted.person"),
        ("places", "Places by emotion", "counted.place"),
    )


def _week() -> Any:
    hour = terms("hour", "counted.hour", "hour (author's clock)", 24, "number", by_value=True)
    weekday = terms("weekday", "counted.weekday", "weekday", 7, "number", by_value=True)
    return heat_map(hour, weekday, count())


def _profile(described: Described) -> Any:
    scores = [average(f"profile{n}", f"profile.{label}", label) for n, label in enumerate(described.profile_labels)]
    return xy("line", over_time(_TIME), *scores)


def _data_view(alias: str, view: str) -> Json:
    days = [{"key": str(number), "value": day} for number, day in enumerate(_DAYS)]
    formats = {"counted.weekday": {"id": "static_lookup", "params": {"lookupEntries": days}}}
    return {
        "id": view,
        "type": "index-pattern",
        "attributes": {
            "title": alias,
            "name": f"Emotions in {alias}",
            "timeFieldName": _TIME,
            "fields": "[]",
            "fieldAttrs": json.dumps({_EMOTION: {"customLabel": "emotion (none where nothing is felt)"}}),
            "fieldFormatMap": json.dumps(formats),
            "runtimeFieldMap": "{}",
            "sourceFilters": "[]",
            "typeMeta": "{}",
        },
        "references": [],
        "coreMigrationVersion": CORE,
        "typeMigrationVersion": "8.0.0",
        "managed": False,
    }


def _search(alias: str, view: str) -> Json:
    index = "kibanaSavedObjectMeta.searchSourceJSON.index"
    source = {"query": {"query": "", "language": "kuery"}, "filter": [], "indexRefName": index}
    return {
        "id": f"emotion-{alias}-search",
        "type": "search",
        "attributes": {
            "title": f"Tweets ({alias})",
            "description": "",
            "columns": list(_SHOWN),
            "sort": [[_TIME, "desc"]],
            "grid": {},
            "hideChart": False,
            "isTextBasedQuery": False,
            "timeRestore": False,
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source)},
        },
        "references": [{"type": "index-pattern", "id": view, "name": index}],
        "coreMigrationVersion": CORE,
        "typeMigrationVersion": "8.0.0",
        "managed": False,
    }


def _dashboard(alias: str, panels: list[tuple[Json, int, int]], period: tuple[str, str]) -> Json:
    placed = [_placed(panel, number, grid) for number, (panel, grid) in enumerate(_grid(panels), 1)]
    options = {"useMargins": True, "syncColors": True, "syncCursor": True, "syncTooltips": False}
    return {
        "id": f"emotion-{alias}",
        "type": "dashboard",
        "attributes": {
            "title": f"Emotions in {alias}",
            "description": "What was felt, when and about what; tweets in which nothing is felt count as none.",
            "panelsJSON": json.dumps(placed),
            "optionsJSON": json.dumps(options | {"hidePanelTitles": False}),
            "timeRestore": True,
            "timeFrom": period[0],
            "timeTo": period[1],
            "version": 1,
            "kibanaSavedObjectMeta": {
                "searchSourceJSON": json.dumps({"query": {"query": "", "language": "kuery"}, "filter": []})
            },
        },
        "references": [
            {"type": panel["type"], "id": panel["id"], "name": f"{number}:panel_{number}"}
            for number, (panel, _, _) in enumerate(panels, 1)
        ],
        "coreMigrationVersion": CORE,
        "typeMigrationVersion": "8.9.0",
        "managed": False,
    }


def _grid(panels: list[tuple[Json, int, int]]) -> Iterator[tuple[Json, Mapping[str, int]]]:
    """Places from left to right and from the top down."""
    x = y = tallest = 0
    for panel, width, height in panels:
        if x + width > _WIDE:
            x, y, tallest = 0, y + tallest, 0
        yield panel, {"x": x, "y": y, "w": width, "h": height}
        x, tallest = x + width, max(tallest, height)


def _placed(panel: Json, number: int, grid: Mapping[str, int]) -> Json:
    return {
        "type": panel["type"],
        "gridData": {**grid, "i": str(number)},
        "panelIndex": str(number),
        "embeddableConfig": {"enhancements": {}},
        "panelRefName": f"panel_{number}",
    }
